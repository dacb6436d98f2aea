import { join } from 'node:path';
import { httpReady } from '../processes/http-ready.ts';
import { Program } from '../processes/program.ts';
import type { Ports } from './ports.ts';
import { metricsPort, serviceEntry, serviceNames, type ServiceName } from './services.ts';

export type Environment = Readonly<Record<string, string>>;

/** A process of each service. */
export type Services = Readonly<Record<ServiceName, Program>>;

export interface ReplicaOptions {
  /** Counted from 1; it is in the names of all but the first. */
  readonly number: number;
  readonly ports: Ports;
  readonly logDir: string;
  readonly env: (service: ServiceName) => Environment;
  readonly entry?: ((service: ServiceName) => string) | undefined;
}

/** One process of each service, not yet started. */
export function replica({ number, ports, logDir, env, entry = serviceEntry }: ReplicaOptions): Services {
  const program = (service: ServiceName) => {
    const name = number === 1 ? service : `${service}-${number}`;
    return new Program({
      name,
      logFile: join(logDir, `${name}.log`),
      command: { file: process.execPath, args: [entry(service)], env: env(service) },
      ready: httpReady(`http://127.0.0.1:${metricsPort(ports, service)}/readyz`),
    });
  };
  return Object.fromEntries(serviceNames.map((service) => [service, program(service)])) as Record<
    ServiceName,
    Program
  >;
}
