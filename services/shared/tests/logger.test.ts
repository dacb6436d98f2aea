import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const fixture = fileURLToPath(new URL('fixtures/logging.ts', import.meta.url));

type Logging = ChildProcessByStdio<Writable, Readable, null>;

let child: Logging;
afterEach(() => child.kill('SIGKILL'));

/** A process that logs when its standard input ends. */
function start(ending: string, lines: number): Logging {
  child = spawn(process.execPath, [fixture, ending, String(lines)], { stdio: ['pipe', 'pipe', 'ignore'] });
  return child;
}

test.each([
  ['exit', 0, null],
  ['throw', 1, null],
  ['fatal', null, 'SIGKILL'],
])('a process whose log nobody reads any more ends: %s', async (ending, ...status) => {
  const { stdin, stdout } = start(ending, 1);
  stdout.destroy();
  await once(stdout, 'close');
  stdin.end();
  expect(await once(child, 'exit')).toEqual(status);
});

test.each(['exit', 'throw', 'fatal'])('all that a process has logged arrives: %s', async (ending) => {
  // More than a pipe holds.
  const { stdin, stdout } = start(ending, 5_000);
  stdin.end();
  const lines = (await text(stdout)).trim().split('\n');
  const numbers = lines.map((line) => (JSON.parse(line) as { readonly line?: number }).line);
  expect(numbers.slice(0, 5_000)).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
  expect(numbers).toHaveLength(ending === 'fatal' ? 5_001 : 5_000);
});

test('secrets stay out of the log', async () => {
  const { stdin, stdout } = start('of itself', 0);
  stdin.end();
  const log = await text(stdout);
  expect(JSON.parse(log)).toMatchObject({ accessToken: '[Redacted]', call: { accessToken: '[Redacted]' } });
});
