import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createGzip } from 'node:zlib';
import { readLocalConfig } from '@tradewind/local/config';
import { buildImages, buildTradewind } from '@tradewind/local/images';
import { processNames } from '@tradewind/launcher/processes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Image, openImage } from './kit/image.ts';

const building = 10 * 60_000;
const mostBytes = 90e6;
const { dir } = readLocalConfig();

let archive: string;
let image: Image;

beforeAll(async () => {
  const built = await buildTradewind({ dir, print: console.log });
  archive = built.archive;
  image = await openImage(archive);
}, building);
afterAll(async () => {
  await image[Symbol.asyncDispose]();
});

/** Only root can run what is in the image, without a container runtime. */
const inside = test.skipIf(process.getuid?.() !== 0);
const start = (name: string, env = {}) => image.run([...image.config.Entrypoint, name], env);

inside.each(processNames)('%s starts in it', async (name) => {
  const { code, stderr } = await start(name, { METRICS_PORT: 'none' });
  expect(stderr).toMatch(new RegExp(`^${name}: the configuration is not valid:\n  METRICS_PORT`));
  expect(code).toBe(2);
});

inside('the CLI starts in it, with its samples', async () => {
  expect(await start('--help')).toMatchObject({ code: 0, stderr: '' });
  const shop = { TRADEWIND_URL: 'http://127.0.0.1:1', TRADEWIND_TOKEN: 'none' };
  const sample = '/app/services/cli/samples/catalogue.json';
  const checked = await image.run([...image.config.Entrypoint, 'import', '--dry-run', sample], shop);
  expect(checked).toMatchObject({ code: 0 });
});

inside('what its processes load was compiled before, and is found', async () => {
  const { stderr } = await start('order', { METRICS_PORT: 'none', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' });
  expect(stderr.match(/was accepted/g)?.length).toBeGreaterThan(200);
  expect(stderr).not.toMatch(/rejected|mismatch|no such file/);
});

inside('it runs as a user without rights, who can write below /tmp only', async () => {
  const script = `
    const { writeFileSync } = require('node:fs');
    const attempt = (path) => { try { writeFileSync(path, ''); return 'written'; } catch ({ code }) { return code; } };
    console.log(process.getuid(), process.getgid(), attempt('/tmp/file'), attempt('/app/file'));`;
  const { stdout } = await image.run(['node', '--eval', script]);
  expect(stdout).toBe('65532 65532 written EROFS\n');
});

inside('nothing but Node.js can be run in it', async () => {
  expect(await image.run(['sh', '-c', 'true'])).toMatchObject({ code: 127 });
  const folders = ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin'].map((folder) =>
    join(image.root, folder),
  );
  const commands = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [])));
  expect(commands.flat()).toEqual(['node']);
});

test('nothing of development is in it, no history and no secrets', async () => {
  const paths = await readdir(join(image.root, 'app'), { recursive: true });
  const packages = /^node_modules\/(vitest|typescript|eslint|prettier|maildev|@tradewind\/local)$/;
  const others = /\.test\.ts$|(^|\/)(\.git|\.env|\.npmrc|\.local)$|\.(pem|key)$|secrets\.json$/;
  expect(paths.filter((path) => packages.test(path) || others.test(path))).toEqual([]);
});

test('it stops at SIGTERM, and says what it is', () => {
  expect(image.config).toMatchObject({ StopSignal: 'SIGTERM', User: '65532:65532' });
  expect(image.config.Labels).toMatchObject({
    'org.opencontainers.image.title': 'Tradewind',
    'org.opencontainers.image.revision': expect.stringMatching(/^[0-9a-f]{40}$/) as string,
  });
});

test(`compressed it has at most ${mostBytes / 1e6} MB`, async () => {
  let bytes = 0;
  for await (const chunk of createReadStream(archive).pipe(createGzip()) as AsyncIterable<Buffer>)
    bytes += chunk.length;
  console.log(`${Math.round((await stat(archive)).size / 1e6)} MB, compressed ${Math.round(bytes / 1e6)} MB`);
  expect(bytes).toBeLessThan(mostBytes);
}, 120_000);

/** What the Helm chart calls in them. */
const storeCommands: Readonly<Record<string, readonly (readonly string[])[]>> = {
  mongodb: [
    ['mongod', '--version'],
    ['install', '-m', '0400', '/etc/passwd', '/tmp/keyfile'],
    ['tar', '--create', '--file', '/tmp/backup.tar', '/etc/passwd'],
    ['find', '/tmp', '-mindepth', '1', '-delete'],
  ],
  nats: [['nats-server', '--version']],
  redis: [
    ['redis-server', '--version'],
    ['redis-cli', '--version'],
  ],
};

inside(
  'the images of the data stores run what the chart calls, and have no shell',
  async () => {
    const { archives } = await buildImages({ dir, print: console.log });
    for (const [name, commands] of Object.entries(storeCommands)) {
      const store = archives.find((path) => basename(path).startsWith(`tradewind-${name}-`));
      // With Docker, the official images are pulled.
      if (store === undefined) continue;
      await using image = await openImage(store);
      for (const command of commands)
        expect(await image.run(command), command.join(' ')).toMatchObject({ code: 0 });
      expect(await image.run(['sh', '-c', 'true'])).toMatchObject({ code: 127 });
    }
  },
  building,
);
