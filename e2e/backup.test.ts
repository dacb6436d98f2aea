import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandsIn } from './cluster/kit/shell.ts';

const run = promisify(execFile);
const page = join(import.meta.dirname, '../docs/backup.md');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-backup-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A kubectl of a release with this volume claim, which keeps what it was asked in `asked`. */
async function kubectlWith(claim: string): Promise<void> {
  const file = join(folder, 'kubectl');
  await writeFile(file, `#!/bin/sh\necho "$@" >> asked\necho persistentvolumeclaim/${claim}\n`);
  await chmod(file, 0o755);
}

test.each([
  ['backing up', 0, 'data-tradewind-mongodb-1'],
  ['restoring', 1, 'data-tradewind-mongodb-1'],
  ['restoring', 1, 'data-tradewind-nats-1'],
])('%s by the commands for one member changes nothing where there are more', async (_title, index, claim) => {
  await kubectlWith(claim);
  const commands = (await commandsIn(page))[index] ?? '';
  // As they run when they are pasted: nothing but they themselves ends them early.
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  await expect(run('bash', ['-c', commands], { cwd: folder, env })).rejects.toThrow(
    `there is persistentvolumeclaim/${claim}`,
  );
  const asked = (await readFile(join(folder, 'asked'), 'utf8')).trim().split('\n');
  expect(asked).toEqual([expect.stringMatching(new RegExp(`^get pvc .*${claim}`))]);
});
