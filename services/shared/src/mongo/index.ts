export { connectMongo, type Mongo, type MongoTimeouts } from './connect.ts';
export { decodePageToken, encodePageToken, maxPageMs, pageSize } from './cursor.ts';
export { isDuplicateKey, mongoFailure } from './failures.ts';
export { migrate, type MigrateOptions, type Migration } from './migrate.ts';
export { transact } from './transact.ts';
