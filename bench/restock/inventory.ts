import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Servers } from '@tradewind/local/servers';
import { httpReady, Program } from '@tradewind/local/platform';

export interface Inventory extends AsyncDisposable {
  /** `host:port` of its gRPC server. */
  readonly target: string;
  /** The name of its database. */
  readonly database: string;
  readonly program: Program;
}

const entry = fileURLToPath(new URL('../../services/inventory/src/main.ts', import.meta.url));

/** The inventory service as it is shipped, in a process of its own, for callers with these keys. */
export async function startInventory(
  dir: string,
  { mongoUri, redisAddr, natsUrl }: Servers,
  callerKeys: Readonly<Record<string, string>>,
): Promise<Inventory> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const database = 'tradewind_inventory';
  const program = new Program({
    name: 'inventory',
    logFile: join(dir, 'logs', 'inventory.log'),
    command: {
      file: process.execPath,
      args: [entry],
      env: {
        HOST: '127.0.0.1',
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
        MONGO_URI: mongoUri,
        MONGO_DB_NAME: database,
        REDIS_ADDR: redisAddr,
        NATS_URL: natsUrl,
        CALLER_KEYS: Object.entries(callerKeys)
          .map(([caller, key]) => `${caller}=${key}`)
          .join(','),
        // Nobody signs in here, and so no user service needs to be asked for keys.
        JWT_SECRET: randomBytes(32).toString('hex'),
      },
    },
    ready: httpReady(`http://127.0.0.1:${metricsPort}/readyz`),
  });
  await program.start();
  return {
    ...{ target: `127.0.0.1:${port}`, database, program },
    [Symbol.asyncDispose]: () => program.stop(),
  };
}
