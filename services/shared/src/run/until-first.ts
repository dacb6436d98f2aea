import { setTimeout as delay } from 'node:timers/promises';
import { ContentionError } from '../errors/index.ts';

const maxAttempts = 20;
const longestPauseMs = 200;

/**
 * Reads and writes again while others change in between what was read.
 *
 * @param attempt gives undefined when somebody else was first
 * @throws ContentionError after twenty attempts; also where what is read is older than what is written,
 *   because a majority of the database is away
 */
export async function untilFirst<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let number = 1; ; number += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (number === maxAttempts) throw new ContentionError();
    if (number > 1) await delay(Math.random() * Math.min(5 * 2 ** number, longestPauseMs));
  }
}
