import type { Config } from '../config.ts';
import { startPlatform } from '../platform/platform.ts';
import { startRestocking } from '../platform/restocking.ts';
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

/** Runs the platform until it is told to end (SIGINT, SIGTERM), and then stops it in order. */
export async function up(config: Config, { kubernetes, print, onReady }: UpOptions): Promise<void> {
  const told = tellEnd();
  const claimed = await claim(config.dir, `http://127.0.0.1:${config.ports.gateway}`);
  await using stack = new AsyncDisposableStack();
  stack.use(claimed);
  print('Starting Tradewind: MongoDB, Redis, NATS, a mail page and six services');
  const platform = stack.use(await startPlatform({ ...config, containers: true, report: print }));
  print(summary(config, platform, kubernetes));
  if (kubernetes) {
    const { natsUrl } = platform.servers;
    const start = (report: (line: string) => void, signal: AbortSignal) =>
      startRestocking({ ...config, natsUrl, report, signal });
    stack.use(await follow(config, print, start));
  }
  onReady();
  await told.orderly();
  print('Stopping: services first, then their servers');
  await stack.disposeAsync();
  print('Stopped. The data is kept.');
}

/**
 * A first signal after `orderly` was called resolves it. Any other one ends the process at once: what it started ends
 * with it, and none of it minds.
 */
function tellEnd(): { orderly: () => Promise<void> } {
  let end: (() => void) | undefined;
  const onSignal = () => {
    if (end === undefined) process.exit(130);
    end();
    end = undefined;
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    orderly: () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  };
}
