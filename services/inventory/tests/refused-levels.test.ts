import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@tradewind/local/servers';
import { connectNats } from '@tradewind/shared/nats';
import { ErrorCode } from 'nats';
import { expect, test } from 'vitest';
import { levelFeed } from '../src/outbound/level-feed.ts';
import { log } from './inventory-app.ts';

const within = { timeout: 20_000, interval: 50 };

test('who may not hear levels goes on without, and hears them once that is mended', async () => {
  await using open = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'refused-levels-'));
  open.defer(() => rm(dir, { recursive: true }));
  const file = join(dir, 'nats.conf');
  const admit = (permissions: string) =>
    writeFile(file, `authorization { users = [{ user: shop, password: p, permissions: ${permissions} }] }`);
  await admit('{}');
  const server = open.use(await startNats({ args: ['--config', file] }));
  const nats = open.use(await connectNats(server.url, 'test', log, { user: 'shop', password: 'p' }));
  const feed = open.use(levelFeed(nats, log));
  const news: ('level' | 'gap')[] = [];
  const stop = new AbortController();
  open.defer(() => {
    stop.abort();
  });
  void (async () => {
    using watching = feed.watch(new Set(['a']));
    for await (const change of watching.changes(stop.signal)) news.push(change ? 'level' : 'gap');
  })();
  let refusals = 0;
  void (async () => {
    for await (const { data } of nats.connection.status())
      if (data === ErrorCode.PermissionsViolation) refusals += 1;
  })();

  let version = 0;
  const lastAfterLevel = () => {
    const level = { product_id: 'a', sku: 'S', on_hand: 1, version: (version += 1) };
    nats.connection.publish('stock.level.a', JSON.stringify(level));
    return news.at(-1);
  };
  await expect.poll(lastAfterLevel, within).toBe('level');

  await admit('{ subscribe: { deny: "stock.level.*" } }');
  await server.restart();
  await expect.poll(() => refusals, within).toBeGreaterThan(0);
  await admit('{}');
  await server.restart();
  news.length = 0;
  await expect.poll(lastAfterLevel, within).toBe('level');
});
