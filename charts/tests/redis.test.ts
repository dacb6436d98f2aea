import { type ServerKind, startServer } from '@tradewind/local/servers';
import { connectRedis, redisFailure } from '@tradewind/shared/redis';
import { createLogger } from '@tradewind/shared/telemetry';
import { expect, test } from 'vitest';
import { environmentOf } from './kit/environment.ts';
import { pick, render } from './kit/render.ts';

const log = createLogger('redis-test', 'silent');
const mebibyte = 1024 * 1024;

test('a full Redis keeps what it holds, and refuses what is new as one that is away does', async () => {
  const manifests = await render({ redis: { maxMemory: '8mb' } });
  const [container] =
    pick(manifests, 'StatefulSet', 'shop-tradewind-redis').spec?.template.spec?.containers ?? [];
  const { REDIS_PASSWORD: password = '' } = environmentOf(container?.env ?? [], manifests);
  const kind: ServerKind = {
    name: 'redis-server',
    args: ({ dir, host }, port) => {
      const places = { '6379': String(port), '*': host, '/data': `${dir}/data` };
      const here = new Map(Object.entries({ ...places, '$(REDIS_PASSWORD)': password }));
      return (container?.args ?? []).map((argument) => here.get(argument) ?? argument);
    },
    ready: () => Promise.resolve(),
  };
  await using server = await startServer(kind);
  const address = `127.0.0.1:${server.port}`;
  await using redis = connectRedis({ address, password, database: 0 }, log);
  await expect.poll(() => redis.set('revoked', 'yes').catch(String)).toBe('OK');

  const fill = async () => {
    for (let index = 0; index < 16; index += 1) await redis.set(`filler ${index}`, 'x'.repeat(mebibyte));
  };
  const refused: unknown = await fill().catch((error: unknown) => error);
  expect(redisFailure(refused)).toMatchObject({ code: 'UNAVAILABLE' });
  expect(await redis.get('revoked')).toBe('yes');
  expect(await redis.get('filler 0')).toHaveLength(mebibyte);

  await redis.del('filler 0', 'filler 1');
  expect(await redis.set('revoked too', 'yes')).toBe('OK');
});
