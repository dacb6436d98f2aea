import { join } from 'node:path';
import { freePort } from '@tradewind/local/servers';
import { controllerEntry, httpReady, Program } from '@tradewind/local/platform';
import type { Stage } from './stage.ts';

export const contestantNames = ['controller', 'comparator'] as const;
export type ContestantName = (typeof contestantNames)[number];

/** A controller that is not yet started. */
export interface Contestant {
  readonly program: Program;
  /** Its own, in the format of Prometheus. */
  readonly metricsUrl: string;
}

/** Makes a new process each time, on a port that nothing else uses. */
export type NewContestant = () => Promise<Contestant>;

/** Both with the same rights, the same environment, and as many workers. */
export function contestants(stage: Stage, comparator: string): Record<ContestantName, NewContestant> {
  const make =
    (name: ContestantName, file: string, ...args: readonly string[]): NewContestant =>
    async () => {
      const metrics = `http://127.0.0.1:${await freePort()}`;
      const program = new Program({
        name,
        logFile: join(stage.dir, 'logs', `${name}.log`),
        command: {
          file,
          args,
          env: {
            ...stage.controllerEnv,
            METRICS_PORT: new URL(metrics).port,
            RESTOCK_WORKERS: '16',
          },
        },
        ready: httpReady(`${metrics}/readyz`),
      });
      return { program, metricsUrl: `${metrics}/metrics` };
    };
  return {
    controller: make('controller', process.execPath, controllerEntry),
    comparator: make('comparator', comparator),
  };
}
