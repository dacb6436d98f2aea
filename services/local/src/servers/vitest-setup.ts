import type { TestProject } from 'vitest/node';
import { startTestServers } from './servers.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    mongoUri: string;
    redisAddr: string;
    natsUrl: string;
  }
}

/**
 * One MongoDB, Redis and NATS for the whole test run: `inject('mongoUri')`. A test file takes a database name of its
 * own; what has global names (streams) or is to be stopped, takes `startNats()` and its like.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startTestServers();
  project.provide('mongoUri', servers.mongoUri);
  project.provide('redisAddr', servers.redisAddr);
  project.provide('natsUrl', servers.natsUrl);
  return async () => {
    await servers[Symbol.asyncDispose]();
  };
}
