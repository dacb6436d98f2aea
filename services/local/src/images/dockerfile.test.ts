import { glob, readFile } from 'node:fs/promises';
import { join, matchesGlob, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { appFiles } from './app-files.ts';

const repository = resolve(import.meta.dirname, '../../../..');
const read = (path: string) => readFile(join(repository, path), 'utf8');

/** True where services/Dockerfile.dockerignore lets a file into the build: the last line that is about it decides. */
async function entersBuild(): Promise<(path: string) => boolean> {
  const lines = (await read('services/Dockerfile.dockerignore')).split('\n');
  const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    const about = rules.findLast((rule) => matcher(rule.replace(/^!/, '')).test(path));
    return about?.startsWith('!') ?? true;
  };
}

/** Docker's patterns, which match files that begin with a dot too, and all that is below what they match. */
function matcher(pattern: string): RegExp {
  const parts = pattern.split(/(\*\*\/|\*)/).map((part) => {
    if (part === '**/') return '(.*/)?';
    return part === '*' ? '[^/]*' : part.replaceAll('.', '\\.');
  });
  return new RegExp(`^${parts.join('')}(/|$)`);
}

test('npm finds the manifest of every workspace in the build', async () => {
  const { workspaces } = JSON.parse(await read('package.json')) as { workspaces: string[] };
  const manifests = await Array.fromAsync(
    glob(
      workspaces.map((workspace) => `${workspace}/package.json`),
      { cwd: repository },
    ),
  );
  expect(manifests).toContain('services/gateway/package.json');
  const enters = await entersBuild();
  expect(manifests.filter((path) => !enters(path))).toEqual([]);
  const [, copied = ''] = /cp --parents (.*) \/manifests/.exec(await read('services/Dockerfile')) ?? [];
  const patterns = copied.split(' ');
  expect(manifests.filter((path) => !patterns.some((pattern) => matchesGlob(path, pattern)))).toEqual([]);
});

test('every source that the image holds enters the build, and no test does', async () => {
  const enters = await entersBuild();
  const sources = [...(await appFiles(repository)).values()]
    .flatMap((content) => ('file' in content ? [relative(repository, content.file)] : []))
    .filter((path) => !/(^|\/)node_modules\/|^proto\/gen\//.test(path));
  expect(sources).toContain('services/launcher/src/main.ts');
  expect(sources.filter((path) => !enters(path))).toEqual([]);
  expect(enters('services/order/src/domain/order.test.ts')).toBe(false);
  expect(enters('services/order/tests/order.test.ts')).toBe(false);
  expect(enters('.local/secrets.json')).toBe(false);
});

test('the image can be planned where its Node.js is not installed, as on macOS', async () => {
  const [here, there] = [await appFiles(repository), await appFiles(repository, 'darwin')];
  expect([...here.keys()].filter((path) => !there.has(path))).toEqual(['usr/local/bin/node']);
});

test('the image holds what the processes need, and nothing for development', async () => {
  const paths = [...(await appFiles(repository)).keys()];
  const needed = [
    'usr/local/bin/node',
    'app/proto/gen/descriptor.binpb',
    'app/services/cli/samples/catalogue.json',
  ];
  expect(paths).toEqual(expect.arrayContaining([...needed, 'app/node_modules/@tradewind/gateway']));
  const development =
    /\.test\.ts$|app\/node_modules\/(vitest|typescript|eslint|maildev|@tradewind\/local)(\/|$)|services\/\w+\/tests\//;
  expect(paths.filter((path) => development.test(path))).toEqual([]);
});
