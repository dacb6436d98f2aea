import { once } from 'node:events';
import type { Config } from '../config.ts';
import { startPlatform } from '../platform/platform.ts';
import { startRestocking } from '../platform/restocking.ts';
import { SetupError } from '../setup-error.ts';
import { follow } from './follow.ts';
import { claim } from './running.ts';
import { summary } from './summary.ts';

export interface UpOptions {
  /** Whether Kubernetes and the restock controller follow the shop. */
  readonly kubernetes: boolean;
  readonly print: (line: string) => void;
  /** Called when the shop is ready. */
  readonly onReady: () => void;
}

/**
 * Runs the platform until it is told to end (SIGINT, SIGTERM), and then stops it in order, also one that is half started.
 *
 * @throws SetupError when it was told so before the shop was ready
 */
export async function up(config: Config, { kubernetes, print, onReady }: UpOptions): Promise<void> {
  const signal = toldToEnd(() => {
    print('Stopping: services first, then their servers');
  });
  const claimed = await claim(config.dir, `http://127.0.0.1:${config.ports.gateway}`);
  await using stack = new AsyncDisposableStack();
  stack.use(claimed);
  print('Starting Tradewind: MongoDB, Redis, NATS, a mail page and six services');
  const platform = stack.use(await startPlatform({ ...config, containers: true, report: print, signal }));
  print(summary(config, platform, kubernetes));
  if (kubernetes) {
    const { natsUrl } = platform.servers;
    const start = (report: (line: string) => void, given: AbortSignal) =>
      startRestocking({ ...config, natsUrl, report, signal: given });
    stack.use(await follow(config, print, start));
  }
  onReady();
  if (!signal.aborted) await once(signal, 'abort');
  await stack.disposeAsync();
  print('Stopped. The data is kept.');
}

/** Under `make`, one Ctrl-C comes twice: from the terminal, and from npm, which passes it on. */
const sameCtrlCMs = 2_000;

/** Aborts at the first signal. Ctrl-C once more ends the process at once, and what it started seconds later. */
function toldToEnd(onTold: () => void): AbortSignal {
  const end = new AbortController();
  let toldAt = 0;
  const tell = () => {
    if (end.signal.aborted) return;
    toldAt = performance.now();
    onTold();
    end.abort(new SetupError('Stopped before the shop was ready. The data is kept.'));
  };
  process.on('SIGTERM', tell);
  process.on('SIGINT', () => {
    if (end.signal.aborted && performance.now() - toldAt > sameCtrlCMs) process.exit(130);
    tell();
  });
  return end.signal;
}
