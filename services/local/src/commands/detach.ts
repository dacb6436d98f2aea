import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../setup-error.ts';

/** What a detached `up` tells the process that waits for it. */
type Message = { readonly line: string } | { readonly ready: true };

/** Starts `up` in the background, passes on what it prints, and resolves once the shop is ready. */
export async function upDetached(
  dir: string,
  args: readonly string[],
  print: (line: string) => void,
): Promise<void> {
  const logDir = join(dir, 'logs');
  mkdirSync(logDir, { recursive: true, mode: 0o700 });
  const log = openSync(join(logDir, 'up.log'), 'a', 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts'), 'up', ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: Message) => {
      if ('line' in message) print(message.line);
      else resolve();
    });
    child.once('exit', () => {
      reject(new SetupError('Tradewind did not start.'));
    });
  });
  process.off('SIGINT', passOn).off('SIGTERM', passOn);
  child.disconnect();
  child.unref();
}

/** Prints a line here, and where this process was detached from. */
export function printEverywhere(line: string): void {
  console.log(line);
  tell({ line });
}

/** Lets the process that waits for this one go on. */
export function tellReady(): void {
  tell({ ready: true });
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
