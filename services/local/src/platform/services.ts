import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../servers/cache-folder.ts';
import type { Servers } from '../servers/servers.ts';
import type { PortName, Ports } from './ports.ts';
import type { Caller, Secrets } from './secrets.ts';

export const serviceNames = [
  'gateway',
  'user',
  'inventory',
  'inventory-consumer',
  'order',
  'notification',
] as const;

export type ServiceName = (typeof serviceNames)[number];

export const adminLogin = 'admin@tradewind.local';

interface Service {
  /** Below services/. */
  readonly entry: string;
  readonly caller: Caller;
  /** Absent where nothing is served. */
  readonly port?: PortName;
  readonly database?: string;
}

const services: Readonly<Record<ServiceName, Service>> = {
  gateway: { entry: 'gateway/src/main.ts', caller: 'gateway', port: 'gateway' },
  user: { entry: 'user/src/main.ts', caller: 'user', port: 'user', database: 'tradewind_user' },
  inventory: {
    entry: 'inventory/src/main.ts',
    caller: 'inventory',
    port: 'inventory',
    database: 'tradewind_inventory',
  },
  'inventory-consumer': {
    entry: 'inventory/src/consumer-main.ts',
    caller: 'inventory',
    database: 'tradewind_inventory',
  },
  order: { entry: 'order/src/main.ts', caller: 'order', port: 'order', database: 'tradewind_order' },
  notification: {
    entry: 'notification/src/main.ts',
    caller: 'notification',
    port: 'notification',
    database: 'tradewind_notification',
  },
};

const servicesFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** The file that runs the controller of ProductRestock. */
export const controllerEntry = join(servicesFolder, 'restock-controller/src/main.ts');

/** The file that runs the service. */
export function serviceEntry(name: ServiceName): string {
  return join(servicesFolder, services[name].entry);
}

export function metricsPort(ports: Ports, name: ServiceName): number {
  return ports[`${name}-metrics`];
}

/** The environment that every process has. What the caller's shell happens to export does not reach it. */
export function processEnv(caller: Caller, metrics: number, secrets: Secrets): Record<string, string> {
  return {
    ...passedOn(),
    NODE_COMPILE_CACHE: join(cacheFolder(), 'compiled'),
    HOST: '127.0.0.1',
    METRICS_PORT: String(metrics),
    SHUTDOWN_GRACE_MS: '10000',
    SERVICE_KEY: secrets.service_keys[caller],
  };
}

/** The whole environment of a replica with these ports; those of all replicas say whom it calls. */
export function serviceEnv(
  name: ServiceName,
  ports: Ports,
  replicas: readonly Ports[],
  servers: Pick<Servers, 'mongoUri' | 'redisAddr' | 'natsUrl'>,
  secrets: Secrets,
): Readonly<Record<string, string>> {
  const { caller, port, database } = services[name];
  const callerKeys = Object.entries(secrets.service_keys).map(([other, key]) => `${other}=${key}`);
  return {
    ...processEnv(caller, metricsPort(ports, name), secrets),
    ...(port === undefined ? {} : { PORT: String(ports[port]) }),
    MONGO_URI: servers.mongoUri,
    ...(database === undefined ? {} : { MONGO_DB_NAME: database }),
    REDIS_ADDR: servers.redisAddr,
    NATS_URL: servers.natsUrl,
    USER_SERVICE: target(replicas, 'user'),
    INVENTORY_SERVICE: target(replicas, 'inventory'),
    ORDER_SERVICE: target(replicas, 'order'),
    MAILER_SERVICE: target(replicas, 'notification'),
    CALLER_KEYS: callerKeys.join(','),
    ...(name === 'user' ? { ADMIN_EMAIL: adminLogin, ADMIN_PASSWORD: secrets.admin_password } : {}),
    ...(name === 'notification'
      ? {
          SMTP_HOST: '127.0.0.1',
          SMTP_PORT: String(ports.smtp),
          MAIL_FROM: 'Tradewind <shop@tradewind.local>',
        }
      : {}),
  };
}

/** What calls of the service go to: `host:port`, or the addresses that share them. */
function target(replicas: readonly Ports[], name: PortName): string {
  const addresses = replicas.map((ports) => `127.0.0.1:${ports[name]}`).join(',');
  return replicas.length === 1 ? addresses : `ipv4:${addresses}`;
}

function passedOn(): Record<string, string> {
  const wanted =
    /^(PATH|HOME|TZ|LANG|TMPDIR|LOG_LEVEL|JWT_SECRET|CORS_ORIGINS|DECISION_WAIT_MS|SMS_WEBHOOK_URL|OTEL_.*)$/;
  const entries = Object.entries(process.env).filter(([name]) => wanted.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}
