import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compacted } from './compaction.ts';
import { whileRestocking } from './kit/scenario.ts';
import { type Stage, startStage } from './kit/stage.ts';
import { openWorld, type World } from './kit/world.ts';

let stage: Stage;
let world: World;

beforeAll(async () => {
  stage = await startStage();
}, 30 * 60_000);
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  world = await openWorld(stage);
});
afterEach(() => world[Symbol.asyncDispose]());

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test.each(['apiServer', 'etcd'] as const)('after kill -9 of the %s', async (name) => {
    const { access } = await world.startController();
    const program = stage.kubernetes[name];
    const pid = program.pid;
    let restarted = Promise.resolve();
    let asked = 0;
    await whileRestocking(world, {
      begin: async () => {
        asked = access.api.asked.length;
        await program.kill('SIGKILL');
        restarted = program.start();
      },
      end: async () => {
        await restarted;
        await stage.kubernetes.apiServer.ready();
        expect(program.pid).not.toBe(pid);
        expect(access.api.asked.length).toBeGreaterThan(asked);
      },
    });
  });

  test('after a compaction, when the API server answers 410 to the watch', async () => {
    await compacted(world, await world.startController());
  });
});
