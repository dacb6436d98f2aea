import { beforeEach, describe, expect, test } from 'vitest';
import { expectCleanBooks } from './kit/checks.ts';
import { useWorld } from './kit/use-world.ts';
import { oneByOne, Rounds } from './rounds.ts';

const here = useWorld(expectCleanBooks);
let rounds: Rounds;
beforeEach(async () => {
  const controller = await here.world.controllerProcess(oneByOne);
  rounds = new Rounds(here.world, controller);
});

const ofStory = [
  'AdjustStock',
  'GetProducts',
  'GetRestockCounters',
  'PATCH productrestocks/status',
  'POST events',
];

describe.each(['before', 'after'] as const)(
  'every trigger is answered once after kill -9 %s the other side has done',
  { timeout: 600_000 },
  (moment) => {
    test.each(['GET leases', 'POST leases'])('%s of the first start of all', async (request) => {
      await rounds.killInStart(request, moment);
    });

    test('each request of a start', async () => {
      await rounds.start();
      await rounds.tellStory();
      for (const request of ['LIST productrestocks', 'WATCH productrestocks', 'GET leases', 'PUT leases']) {
        await rounds.killInStart(request, moment);
      }
    });

    test('each request of a story', async () => {
      await rounds.start();
      const killedAt = new Set<string>();
      const told: string[] = [];
      for (const request of await rounds.tellStory()) {
        told.push(request);
        const number = told.filter((one) => one === request).length;
        const match = (name: string, nth: number) => name === request && nth === number;
        if (await rounds.killInStory(match, moment)) killedAt.add(request);
      }
      expect([...killedAt].sort()).toEqual(ofStory);
    });
  },
);
