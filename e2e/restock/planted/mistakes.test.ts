import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compacted } from '../compaction.ts';
import type { Root } from '../kit/controller.ts';
import type { RestockingOptions } from '../kit/scenario.ts';
import { type Stage, startStage } from '../kit/stage.ts';
import { openWorld, type World } from '../kit/world.ts';
import { reCreated } from '../re-created.ts';
import { resets } from '../resets.ts';
import { oneByOne, Rounds } from '../rounds.ts';
import { twoLeaders } from '../two-leaders.ts';
import {
  keyedByProcess,
  leavingWatchesOpen,
  withoutReference,
  withoutRelist,
} from './controller-mistakes.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
}, 30 * 60_000);
afterAll(() => stage[Symbol.asyncDispose]());

type Scenario = (world: World, root: Root, options?: RestockingOptions) => Promise<void>;

const hasTwoLeaders: Scenario = async (world, root, options) => {
  const lead = (name: string) => world.startController({ LEASE_NAME: name }, { root });
  await twoLeaders(world, [await lead('one'), await lead('two')], options);
};
const isCompacted: Scenario = async (world, root, options) => {
  await compacted(world, await world.startController({}, { root }), options);
};
const hasResets: Scenario = async (world, root, options) => {
  await resets(world, await world.startController({}, { root }), options);
};
const isReCreated: Scenario = async (world, root, options) => {
  await world.startController({}, { root });
  await reCreated(world, options?.settleMs);
};

/** So long a mistake has to show itself. */
const settleMs = 20_000;

/** What the checks say of it. */
async function findings(scenario: (world: World) => Promise<void>): Promise<string> {
  await using world = await openWorld(stage);
  const error: unknown = await scenario(world).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the checks found nothing');
  const { actual } = error as Error & { readonly actual?: unknown };
  return `${error.message}\n${JSON.stringify(actual, null, 2)}`;
}

describe('a scenario is red with the mistake that it is there for', { timeout: 300_000 }, () => {
  test.each([
    ['a key of the process: two leaders', keyedByProcess, hasTwoLeaders, /immediate-before: stock is 25/],
    ['no second list: a compaction', withoutRelist, isCompacted, /immediate-during: movements is \[\]/],
    ['no reference: a resource created again', withoutReference, isReCreated, /reference-once: stock is 25/],
    ['a watch left open: resets', leavingWatchesOpen, hasResets, /a controller has \d+ open watches/],
  ] as const)('%s', async (_mistake, root, scenario, finding) => {
    expect(await findings((world) => scenario(world, root, { settleMs }))).toMatch(finding);
  });

  test('a key of the process: kill -9 before the answer', async () => {
    const entry = fileURLToPath(new URL('entries/keyed-by-process.ts', import.meta.url));
    const scenario = async (world: World) => {
      const rounds = new Rounds(world, await world.controllerProcess(oneByOne, entry), settleMs);
      await rounds.start();
      await rounds.killInStory((request) => request === 'AdjustStock', 'after');
    };
    expect(await findings(scenario)).toMatch(/immediate-1: stock is 25/);
  });
});
