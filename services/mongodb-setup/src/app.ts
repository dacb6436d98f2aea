import { keepTrying, repeat } from '@tradewind/shared/run';
import type { Logger } from '@tradewind/shared/telemetry';
import type { SetupConfig } from './config.ts';
import { joinMembers } from './replica-set.ts';
import { type Existing, ensureUsers } from './users.ts';

const retryMs = 1_000;
/** A user that somebody removed, or a set that lost all its volumes, is made again within this time. */
const checkEveryMs = 60_000;

/**
 * Makes a replica set of the members, and creates the users. Resolves once both are there, however long the members take
 * to start, and goes on looking after them.
 */
export async function startMongoSetup(config: SetupConfig, log: Logger): Promise<AsyncDisposable> {
  const setUp = async (existing: Existing) => {
    await joinMembers(config, log);
    await ensureUsers(config, existing, log);
  };
  await keepTrying({ name: 'the replica set', pauseMs: retryMs, log }, () => setUp('renew'));
  return repeat('set up', checkEveryMs, log, () => setUp('leave'));
}
