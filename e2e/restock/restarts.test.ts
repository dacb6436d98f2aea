import { describe, expect, test } from 'vitest';
import { compacted } from './compaction.ts';
import { whileRestocking } from './kit/scenario.ts';
import { useWorld } from './kit/use-world.ts';

const here = useWorld();

describe('every trigger is answered once', { timeout: 300_000 }, () => {
  test.each(['apiServer', 'etcd'] as const)('after kill -9 of the %s', async (name) => {
    const { access } = await here.world.startController();
    const program = here.world.stage.kubernetes[name];
    const pid = program.pid;
    let restarted = Promise.resolve();
    let asked = 0;
    await whileRestocking(here.world, {
      begin: async () => {
        asked = access.api.asked.length;
        await program.kill('SIGKILL');
        restarted = program.start();
      },
      end: async () => {
        await restarted;
        await here.world.stage.kubernetes.apiServer.ready();
        expect(program.pid).not.toBe(pid);
        expect(access.api.asked.length).toBeGreaterThan(asked);
      },
    });
  });

  test('after a compaction, when the API server answers 410 to the watch', async () => {
    await compacted(here.world, await here.world.startController());
  });
});
