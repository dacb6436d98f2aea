import { resolve } from 'node:path';
import { natural, optional, readConfig, str } from '@tradewind/shared/config';
import {
  checkPorts,
  defaultPorts,
  type PortName,
  portNames,
  type Ports,
  portVariable,
} from './platform/ports.ts';

export interface Config {
  /** Where the platform of this clone keeps its data, logs and secrets. */
  readonly dir: string;
  readonly ports: Ports;
  /** Names a cluster that is used instead of one of the platform's own. */
  readonly kubeconfig: string | undefined;
}

type Spec = ReturnType<typeof natural>;

const repository = resolve(import.meta.dirname, '../../..');

/** The environment of `make up`. TRADEWIND_PORT_OFFSET shifts every port that is not set by a variable of its own. */
export function readLocalConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const general = readConfig(
    {
      TRADEWIND_DIR: str({ default: '.local' }),
      TRADEWIND_PORT_OFFSET: natural({ default: 0 }),
      TRADEWIND_KUBECONFIG: optional({ default: undefined }),
    },
    environment,
  );
  const offset = general.TRADEWIND_PORT_OFFSET;
  const specs = portNames.map((name) => [
    portVariable(name),
    natural({ default: defaultPorts[name] + offset }),
  ]);
  const values = readConfig(Object.fromEntries(specs) as Record<string, Spec>, environment);
  const ports: Record<PortName, number> = { ...defaultPorts };
  for (const name of portNames) ports[name] = values[portVariable(name)] ?? ports[name];
  checkPorts(ports);
  const kubeconfig = general.TRADEWIND_KUBECONFIG;
  return {
    dir: resolve(repository, general.TRADEWIND_DIR),
    ports,
    kubeconfig: kubeconfig === undefined ? undefined : resolve(repository, kubeconfig),
  };
}
