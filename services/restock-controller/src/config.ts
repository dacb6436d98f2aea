import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  ConfigError,
  milliseconds,
  natsEnv,
  optional,
  parsed,
  processEnv,
  readConfig,
  str,
  target,
} from '@tradewind/shared/config';
import { longestPause } from './runtime/leader-election.ts';

const positive = parsed<number>((text) => {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new Error(`must be a whole number above zero, not "${text}"`);
  return Number(text);
});

/** @throws ConfigError */
export function readRestockConfig(environment?: NodeJS.ProcessEnv) {
  const config = readConfig(
    {
      ...processEnv,
      ...natsEnv,
      /** Files, in the order of kubectl; without it ~/.kube/config, or the service account of the pod. */
      KUBECONFIG: optional({ default: undefined }),
      /** Empty for all namespaces. */
      WATCH_NAMESPACE: str({ default: '' }),
      /** Where the Lease is; by default the namespace of the kubeconfig's context. */
      POD_NAMESPACE: optional({ default: undefined }),
      /** Who holds the Lease. */
      POD_NAME: str({ default: `${hostname()}_${randomUUID().slice(0, 8)}` }),
      LEASE_NAME: str({ default: 'tradewind-restock-controller' }),
      LEASE_MS: milliseconds({ default: 15_000 }),
      LEASE_RENEW_MS: milliseconds({ default: 10_000 }),
      LEASE_RETRY_MS: milliseconds({ default: 2_000 }),
      /** How many resources are in work at once. */
      RESTOCK_WORKERS: positive({ default: 16 }),
      /** How long it takes at most until a resource is looked at though nothing was heard. */
      RESYNC_MS: positive({ default: 600_000 }),
      /** A watch without a byte for so long is dead: the API server sends a bookmark about every minute. */
      WATCH_IDLE_MS: positive({ default: 150_000 }),
      INVENTORY_SERVICE: target({ default: '127.0.0.1:50051' }),
      SERVICE_KEY: str({ default: '' }),
    },
    environment,
  );
  checkLeaseTimes(config);
  return config;
}

interface LeaseTimes {
  readonly LEASE_MS: number;
  readonly LEASE_RENEW_MS: number;
  readonly LEASE_RETRY_MS: number;
}

/** A leader has to try at least once before it gives up, and to give up before others take over. */
function checkLeaseTimes({ LEASE_MS, LEASE_RENEW_MS, LEASE_RETRY_MS }: LeaseTimes): void {
  const problems: string[] = [];
  if (LEASE_RENEW_MS >= LEASE_MS) problems.push(`LEASE_RENEW_MS: must be less than LEASE_MS, ${LEASE_MS}`);
  if (LEASE_RETRY_MS * longestPause >= LEASE_RENEW_MS) {
    problems.push(
      `LEASE_RETRY_MS: must be such that ${longestPause} times as long is less than LEASE_RENEW_MS, ${LEASE_RENEW_MS}`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

export type RestockConfig = ReturnType<typeof readRestockConfig>;
