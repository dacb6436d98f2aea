import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { holdLock } from './build-lock.ts';
import { buildBinaries, builtPath } from './build.ts';
import { type BuiltName, sources, versionOf } from './versions.ts';

let folder: string;
let go: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-build-'));
  go = join(folder, 'stand-in-for-go');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Takes Go's place: what is tested here is what surrounds a build of some minutes. */
async function standIn(script: string): Promise<void> {
  await writeFile(
    go,
    `#!/bin/sh\nset -e\nif [ "$1" = version ]; then echo go version go1.26.0; exit; fi\nwhile [ "$1" != -o ]; do shift; done\n${script}\n`,
  );
  await chmod(go, 0o755);
}

const notBuilt = ['stand-in-for-go', 'build.lock'];
const built = () => readdir(folder).then((names) => names.filter((name) => !notBuilt.includes(name)));

test('two processes that want the same binary build it once', async () => {
  await standIn(`echo x >> '${folder}/runs'; echo binary > "$2"`);
  await Promise.all([buildBinaries(['etcd'], { folder, go }), buildBinaries(['etcd'], { folder, go })]);
  expect(await readFile(join(folder, 'runs'), 'utf8')).toBe('x\n');
  expect(await readFile(builtPath('etcd', folder), 'utf8')).toBe('binary\n');
});

test('a build that fails leaves nothing behind and says why in one line', async () => {
  await standIn('echo half > "$2"; echo "dial tcp: i/o timeout" >&2; exit 1');
  await expect(buildBinaries(['kubectl'], { folder, go })).rejects.toThrow(
    'The source of kubectl could not be downloaded',
  );
  expect(await built()).toEqual([]);
});

test('what was built before one of several failed is kept', async () => {
  await standIn('case "$2" in *kubectl) exit 1;; esac; echo binary > "$2"');
  await expect(buildBinaries(['etcd', 'kubectl'], { folder, go })).rejects.toThrow(
    'kubectl could not be built',
  );
  expect(await readFile(builtPath('etcd', folder), 'utf8')).toBe('binary\n');
});

test('no other Go is fetched than the one that is there', async () => {
  await standIn('echo $GOTOOLCHAIN > "$2"');
  await buildBinaries(['etcd'], { folder, go });
  expect(await readFile(builtPath('etcd', folder), 'utf8')).toBe('local\n');
});

test('what a dead builder left behind hinders nobody, and is cleared away', async () => {
  await standIn('echo binary > "$2"');
  await mkdir(join(folder, '.build-abandoned'));
  await buildBinaries(['etcd'], { folder, go });
  expect((await built()).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a build that is given up ends at once with all that it runs, and leaves nothing', async () => {
  // What go ended for is known once everybody who could have written to its output is gone.
  await standIn(`sleep 600 & touch '${join(folder, 'started')}'; wait`);
  const giveUp = new AbortController();
  const building = buildBinaries(['etcd'], { folder, go, signal: giveUp.signal });
  await vi.waitFor(() => stat(join(folder, 'started')), { timeout: 10_000 });
  giveUp.abort(new Error('given up'));
  await expect(building).rejects.toThrow('given up');
  expect(await built()).toEqual(['started']);
});

test('who waits for another builder stops waiting when it is given up', async () => {
  await standIn('echo binary > "$2"');
  using stack = new DisposableStack();
  stack.use(await holdLock(join(folder, 'build.lock')));
  const giveUp = new AbortController();
  const report = () => {
    giveUp.abort(new Error('given up'));
  };
  const options = { folder, go, report, signal: giveUp.signal };
  await expect(buildBinaries(['etcd'], options)).rejects.toThrow('given up');
});

const modules = Object.entries(sources).filter(([, source]) => source.package !== '.');

test.each(modules)('the module of %s names its version, and a checksum of it', async (name, source) => {
  const dir = join(import.meta.dirname, 'modules', source.module);
  const root = source.package.replace(/\/cmd\/.*/, '');
  const version = `${root} v${versionOf(name as BuiltName)}`;
  expect(await readFile(join(dir, 'go.mod'), 'utf8')).toMatch(
    new RegExp(`^.*${escaped(version)}( //.*)?$`, 'm'),
  );
  expect(await readFile(join(dir, 'go.sum'), 'utf8')).toContain(`\n${version} h1:`);
});

function escaped(text: string): string {
  return text.replaceAll('.', '\\.');
}
