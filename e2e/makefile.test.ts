import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
const run = promisify(execFile);

async function make(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout } = await run('make', [...args], { cwd: repository, env: { ...process.env, ...env } });
  return stdout;
}

/** The commands that it would run. */
const commandsOf = (...args: Parameters<typeof make>): Promise<string> =>
  make(['--dry-run', ...args[0]], args[1]);

test('make help lists every verb', async () => {
  const [, verbs = ''] = /^\.PHONY: (.+)$/m.exec(readFileSync(join(repository, 'Makefile'), 'utf8')) ?? [];
  const help = await make(['help']);
  const listed = [...help.matchAll(/^ {2}make (\S+)/gm)].map(([, verb]) => verb);
  expect(listed.toSorted()).toEqual(verbs.split(' ').toSorted());
});

test('make kubernetes NODE=1 gets what a cluster needs, too', async () => {
  expect(await commandsOf(['kubernetes'])).not.toContain('--node');
  expect(await commandsOf(['kubernetes', 'NODE=1'])).toContain('--node');
});

test.each(['audit', 'demo', 'import FILE=products.csv'])(
  'make %s goes to the shop of TRADEWIND_DIR, as make up does',
  async (verb) => {
    const other = { TRADEWIND_DIR: '.two' };
    expect(await commandsOf(verb.split(' '), other)).toContain("--profile '.two/profile.json'");
    expect(await commandsOf(verb.split(' '), { TRADEWIND_DIR: '' })).not.toContain('--profile');
  },
);

describe('after the packages of another commit were named', () => {
  const newer = ['--what-if=package-lock.json'];

  test.each(['down', 'logs', 'reset', 'undeploy', 'cluster-down'])(
    'make %s takes no module from under what runs',
    async (verb) => {
      expect(await commandsOf([...newer, verb])).not.toContain('npm ci');
    },
  );

  test('make up installs them', async () => {
    expect(await commandsOf([...newer, 'up'])).toContain('npm ci');
  });
});
