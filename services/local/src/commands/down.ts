import { setTimeout as sleep } from 'node:timers/promises';
import { orphanMs } from '../processes/child.ts';
import { waitFor } from '../processes/wait-for.ts';
import { runningIn } from './running.ts';

const timeoutMs = 60_000;

/** Stops the platform that runs in `dir`, and waits until nothing of it runs. It is no error when none runs. */
export async function down(dir: string, print: (line: string) => void): Promise<void> {
  const running = await runningIn(dir);
  if (running === undefined) {
    print('Tradewind is not running.');
    return;
  }
  process.kill(running.pid, 'SIGTERM');
  const ended = async () => (await runningIn(dir)) === undefined;
  await waitFor(ended, AbortSignal.timeout(timeoutMs)).catch(async () => {
    process.kill(running.pid, 'SIGKILL');
    await sleep(orphanMs);
  });
  print('Tradewind is stopped. The data is kept; `make reset` removes it.');
}
