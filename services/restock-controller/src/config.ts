import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  milliseconds,
  natsEnv,
  natural,
  optional,
  processEnv,
  readConfig,
  str,
  target,
} from '@tradewind/shared/config';

/** @throws ConfigError */
export function readRestockConfig(environment?: NodeJS.ProcessEnv) {
  return readConfig(
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
      RESTOCK_WORKERS: natural({ default: 16 }),
      /** How long it takes at most until a resource is looked at though nothing was heard. */
      RESYNC_MS: milliseconds({ default: 600_000 }),
      /** A watch without a byte for so long is dead: the API server sends a bookmark about every minute. */
      WATCH_IDLE_MS: milliseconds({ default: 150_000 }),
      INVENTORY_SERVICE: target({ default: '127.0.0.1:50051' }),
      SERVICE_KEY: str({ default: '' }),
    },
    environment,
  );
}

export type RestockConfig = ReturnType<typeof readRestockConfig>;
