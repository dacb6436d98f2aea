import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { processNames } from './processes.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../..');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the launcher with a port that no process takes, so that each says who it is and ends. */
async function launch(...args: readonly string[]): Promise<Outcome> {
  const env = { ...process.env, METRICS_PORT: 'none' };
  return await run(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { env }).then(
    (said) => ({ ...said, code: 0 }),
    (error: unknown) => error as Outcome,
  );
}

test.each(processNames)('%s starts the process of that name', async (name) => {
  const { code, stderr } = await launch(name);
  expect(stderr).toMatch(new RegExp(`^${name}: the configuration is not valid:\n  METRICS_PORT`, 'm'));
  expect(code).toBe(2);
});

test('all processes of the Helm chart are known', async () => {
  const template = await readFile(join(repository, 'charts/tradewind/templates/_workloads.tpl'), 'utf8');
  const [, table = ''] = /define "tradewind\.workloads" -\}\}\n([^]*?)\{\{- end/.exec(template) ?? [];
  const workloads = Object.keys(parse(table) as object);
  expect(workloads).toContain('gateway');
  expect([...processNames].sort()).toEqual(workloads.sort());
});

test('any other argument is a command of the CLI', async () => {
  const { code, stdout } = await launch('audit', '--help');
  expect(stdout).toContain('tradewind audit');
  expect(code).toBe(0);
});

test.each([{ args: [] }, { args: ['--help'] }])(
  'with $args it lists processes and commands',
  async ({ args }) => {
    const { code, stdout } = await launch(...args);
    for (const name of [...processNames, 'import', 'demo', 'audit', 'produce', 'replay'])
      expect(stdout).toContain(name);
    expect(code).toBe(0);
  },
);

test('what is neither is said, with exit code 2', async () => {
  expect(await launch('gatway')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("'gatway'") as string,
  });
});
