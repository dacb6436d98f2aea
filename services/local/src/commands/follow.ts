import type { Config } from '../config.ts';
import { type KubernetesState, writeKubernetesState } from '../platform/profile.ts';
import type { Restocking } from '../platform/restocking.ts';
import { SetupError } from '../setup-error.ts';
import { restockingSummary } from './summary.ts';

type Start = (report: (line: string) => void, signal: AbortSignal) => Promise<Restocking>;

/**
 * Lets Kubernetes follow a shop that runs: says in the platform's profile how far it is, and where it cannot be had, why.
 * Resolves at once. Disposing of it stops it, or gives up what is still being built.
 */
export async function follow(
  config: Config,
  print: (line: string) => void,
  start: Start,
): Promise<AsyncDisposable> {
  const end = new AbortController();
  let writing = Promise.resolve();
  let ready = false;
  const tell = (state: KubernetesState) => {
    writing = writing.then(() => writeKubernetesState(config.dir, state)).catch(() => undefined);
  };
  const progress = (line: string) => {
    print(line);
    if (!ready) tell({ state: 'starting', message: line.trim().replace(/^✓ (\S+).*/, '$1 is ready') });
  };

  async function run(): Promise<Restocking | undefined> {
    try {
      const restocking = await start(progress, end.signal);
      print(restockingSummary(config, restocking));
      ready = true;
      tell({ state: 'ready', kubectl: restocking.kubectl });
      return restocking;
    } catch (error) {
      if (end.signal.aborted) return undefined;
      const message = explained(error);
      print(`There is no Kubernetes: ${message}\nThe shop runs on without it, and nothing restocks it.`);
      tell({ state: 'failed', message });
      return undefined;
    }
  }

  tell({ state: 'starting', message: 'it was just begun' });
  await writing;
  const running = run();
  return {
    [Symbol.asyncDispose]: async () => {
      end.abort(new Error('stopped'));
      await (await running)?.[Symbol.asyncDispose]();
      await writing;
    },
  };
}

function explained(error: unknown): string {
  if (error instanceof SetupError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
