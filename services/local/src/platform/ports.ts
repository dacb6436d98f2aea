import { freePort, isPortFree } from '../processes/ports.ts';
import { SetupError } from '../setup-error.ts';

/** Beside the usual ports where somebody's own MongoDB, Redis and NATS may listen. */
export const defaultPorts = {
  gateway: 8080,
  inventory: 50051,
  order: 50052,
  user: 50053,
  notification: 50054,
  'gateway-metrics': 9464,
  'user-metrics': 9465,
  'inventory-metrics': 9466,
  'inventory-consumer-metrics': 9467,
  'order-metrics': 9468,
  'notification-metrics': 9469,
  mongo: 27117,
  redis: 6479,
  nats: 4322,
  'mail-page': 1080,
  smtp: 1025,
  etcd: 2479,
  'kube-apiserver': 6543,
  'restock-controller-metrics': 9470,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

export const portNames = Object.keys(defaultPorts) as readonly PortName[];

/** Those of Kubernetes and the restock controller, which come after the shop. */
export const kubernetesPortNames: readonly PortName[] = [
  'etcd',
  'kube-apiserver',
  'restock-controller-metrics',
];
export const shopPortNames = portNames.filter((name) => !kubernetesPortNames.includes(name));

/** The environment variable that sets a port. */
export function portVariable(name: PortName): string {
  return name === 'gateway' ? 'PORT' : `TRADEWIND_${name.toUpperCase().replaceAll('-', '_')}_PORT`;
}

/** Ports above 1024 that browsers and fetch refuse to call. Source: https://fetch.spec.whatwg.org/#port-blocking */
const blocked: ReadonlySet<number> = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566],
  ...[6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080],
]);

/** @throws SetupError naming each port that cannot be one, or that no browser would call, and what changes it */
export function checkPorts(ports: Ports): void {
  const problems = portNames.flatMap((name) => {
    const port = ports[name];
    const change = `set ${portVariable(name)}, or another TRADEWIND_PORT_OFFSET.`;
    if (port < 1 || port > 65_535) return [`Port ${port} (${name}) is not one of 1 to 65535: ${change}`];
    const isPage = name === 'gateway' || name === 'mail-page';
    return isPage && blocked.has(port) ? [`Browsers refuse port ${port} (${name}): ${change}`] : [];
  });
  if (problems.length > 0) throw new SetupError(problems.join('\n'));
}

/** Free ports for a platform of a test. */
export async function freePorts(): Promise<Ports> {
  const ports: Record<PortName, number> = { ...defaultPorts };
  for (const name of portNames) ports[name] = await freePort();
  return ports;
}

/** The ports of each replica of the services: those given for the first one, free ones for the others. */
export async function portsOfReplicas(first: Ports, replicas: number): Promise<readonly Ports[]> {
  const { mongo, redis, nats, smtp, 'mail-page': page } = first;
  const another = async () => ({ ...(await freePorts()), mongo, redis, nats, smtp, 'mail-page': page });
  return [first, ...(await Promise.all(Array.from({ length: replicas - 1 }, another)))];
}

/** @throws SetupError naming each port that something else uses, and what changes it */
export async function checkPortsAreFree(ports: Ports, names: readonly PortName[]): Promise<void> {
  const taken: PortName[] = [];
  for (const name of names) if (!(await isPortFree(ports[name]))) taken.push(name);
  if (taken.length > 0) throw new SetupError(portsInUse(taken, ports));
}

function portsInUse(taken: readonly PortName[], ports: Ports): string {
  if (taken.length > 3) {
    const list = taken.map((name) => `${ports[name]} (${name})`).join(', ');
    return `Ports in use: ${list}. If that is another Tradewind, stop it or set TRADEWIND_PORT_OFFSET=1000 here.`;
  }
  return taken
    .map((name) => `Port ${ports[name]} (${name}) is in use: end what uses it, or set ${portVariable(name)}.`)
    .join('\n');
}
