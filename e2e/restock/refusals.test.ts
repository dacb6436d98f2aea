import { describe, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { bindServiceAccount } from './kit/service-account.ts';
import { whileRestocking } from './kit/scenario.ts';
import { useWorld } from './kit/use-world.ts';

const here = useWorld();

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test('while the API server answers with 500', async () => {
    const { access } = await here.world.startController();
    let refused = 0;
    await whileRestocking(here.world, {
      begin: () => {
        access.api.fault = () => {
          refused += 1;
          return { kind: 'answer', status: 500 };
        };
        access.api.resetAll();
      },
      end: async () => {
        await eventually(() => Promise.resolve(refused > 5));
        access.api.fault = () => undefined;
      },
    });
  });

  test('while it has too many requests, and is left alone for as long as it asks', async () => {
    const { access } = await here.world.startController();
    const retryAfterMs = 2_000;
    const attempts: number[] = [];
    await whileRestocking(here.world, {
      begin: () => {
        access.api.fault = ({ isWatch }) => {
          if (isWatch) attempts.push(performance.now());
          const headers = { 'retry-after': String(retryAfterMs / 1000) };
          return { kind: 'answer', status: 429, headers };
        };
        access.api.resetAll();
      },
      end: async () => {
        await eventually(() => Promise.resolve(attempts.length > 2), { within: 60_000 });
        access.api.fault = () => undefined;
      },
    });
    const pauses = attempts.slice(1).map((at, index) => at - (attempts[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(retryAfterMs);
  });

  test('after its token was refused until the file had another one', async () => {
    const account = await bindServiceAccount(here.world.stage, here.world.namespace);
    const access = await here.world.openAccess({ tokenFile: account.tokenFile });
    await here.world.startController({}, { access });
    await whileRestocking(here.world, {
      begin: async () => {
        await account.revoke();
        access.api.resetAll();
      },
      end: async () => {
        await eventually(() => Promise.resolve(access.api.refused.includes(401)), { within: 60_000 });
        await account.renew();
      },
    });
  });
});
