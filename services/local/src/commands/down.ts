import { setTimeout as sleep } from 'node:timers/promises';
import { runningIn } from './running.ts';

const timeoutMs = 60_000;

/** Stops the platform that runs in `dir`, and waits for its end. It is no error when none runs. */
export async function down(dir: string, print: (line: string) => void): Promise<void> {
  const running = await runningIn(dir);
  if (running === undefined) {
    print('Tradewind is not running.');
    return;
  }
  process.kill(running.pid, 'SIGTERM');
  const giveUpAt = Date.now() + timeoutMs;
  while ((await runningIn(dir)) !== undefined) {
    if (Date.now() > giveUpAt) process.kill(running.pid, 'SIGKILL');
    await sleep(50);
  }
  print('Tradewind is stopped. The data is kept; `make reset` removes it.');
}
