export { cacheFolder } from './cache-folder.ts';
export { type MongoServer, startMongo } from './mongo.ts';
export { type NatsOptions, type NatsServer, startNats } from './nats.ts';
export { type RedisServer, startRedis } from './redis.ts';
export { type Server, type ServerKind, type ServerOptions, startServer } from './server.ts';
export {
  type MongoSettings,
  type Servers,
  type ServersOptions,
  startServers,
  startTestServers,
} from './servers.ts';
export { freePort } from '../processes/ports.ts';
