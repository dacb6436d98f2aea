import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { KubeConfig } from './client-node.ts';

const run = promisify(execFile);

/** What a process that only loads this file has loaded of the library, by the paths below its folder. */
async function loadedOfLibrary(file: string): Promise<readonly string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    await import(process.argv[1]);
    console.log(JSON.stringify(urls));`;
  const url = new URL(file, import.meta.url).href;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script, url]);
  return (JSON.parse(stdout) as string[]).flatMap((loaded) => loaded.split('/client-node/dist/')[1] ?? []);
}

test('of the library’s generated code hardly anything is loaded', async () => {
  const loaded = await loadedOfLibrary('client-node.ts');
  expect(loaded).toContain('exec_auth.js');
  expect(loaded.filter((path) => path.startsWith('gen/'))).toEqual(['gen/rxjsStub.js']);
});

test('whoever makes a client by it learns that', () => {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'cluster', server: 'https://example.com', skipTLSVerify: false },
    { name: 'user' },
  );
  expect(() => config.makeApiClient(Object)).toThrow('makes no clients');
});
