import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Stage, startStage } from './stage.ts';
import { openWorld, type World } from './world.ts';

/** Where the test that runs is. */
export interface Here {
  readonly world: World;
}

/**
 * Gives each test of a file a world of its own, on one stage for all of them.
 *
 * @param atEnd is done with a world before it goes
 */
export function useWorld(atEnd?: (world: World) => Promise<void>): Here {
  let stage: Stage;
  let world: World;
  beforeAll(async () => {
    stage = await startStage();
  }, 30 * 60_000);
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(async () => {
    world = await openWorld(stage);
  });
  afterEach(async () => {
    await atEnd?.(world);
    await world[Symbol.asyncDispose]();
  });
  return {
    get world() {
      return world;
    },
  };
}
