import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';

test('a server ends with the process that started it, even when that is killed', async () => {
  const parent = spawn(process.execPath, [join(import.meta.dirname, 'fixtures/parent.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(output.toString());
  expect(process.kill(pid, 0)).toBe(true);
  parent.kill('SIGKILL');
  await vi.waitFor(
    () => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    },
    { timeout: 10_000 },
  );
});
