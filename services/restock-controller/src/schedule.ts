import { Cron } from 'croner';
import { instantOf, wallTime } from './time-zone.ts';

/** No clock is put forward or back by more. */
const longestChangeMs = 3 * 3_600_000;

const everyHour = /^(\*|0?0-23)(\/1)?$/;

/** The instants that a schedule names. */
export interface Schedule {
  /** The first one later than `after`; undefined when there is none. */
  next: (after: Date) => Date | undefined;
  /** The last one that is not later than `at`; undefined when there is none. */
  last: (at: Date) => Date | undefined;
}

/**
 * Reads a cron expression of five fields in a time zone. Daylight saving neither skips nor doubles a run: one that
 * names a time which the clocks skip happens at the change, one whose time comes twice happens the first time. An
 * expression that runs in every hour does so in every hour that passes.
 *
 * @throws Error when the expression or the zone is not valid; the message says what is wrong
 */
export function readSchedule(cron: string, timeZone: string): Schedule {
  // croner would find a wrong zone only when it is asked for a run.
  wallTime(new Date(0), timeZone);
  return everyHour.test(cron.split(' ')[1] ?? '')
    ? byElapsedTime(cron, timeZone)
    : byWallTime(cron, timeZone);
}

function byElapsedTime(cron: string, timeZone: string): Schedule {
  const runs = new Cron(cron, { mode: '5-part', timezone: timeZone });
  return {
    next: (after) => runs.nextRun(after) ?? undefined,
    last: (at) => lastUpTo(at, runs),
  };
}

/**
 * Finds the times that the expression names as if in UTC, where every time comes once, and then when the clocks show
 * them: a later time never at an earlier instant.
 */
function byWallTime(cron: string, timeZone: string): Schedule {
  const times = new Cron(cron, { mode: '5-part', timezone: 'Etc/UTC' });
  return {
    next: (after) => {
      let wall = times.nextRun(wallTime(after, timeZone));
      while (wall !== null) {
        const instant = instantOf(wall, timeZone);
        if (instant > after) return instant;
        wall = times.nextRun(wall);
      }
      return undefined;
    },
    last: (at) => {
      let wall = lastUpTo(latestWallTime(at, timeZone), times);
      while (wall !== undefined) {
        const instant = instantOf(wall, timeZone);
        if (instant <= at) return instant;
        wall = times.previousRuns(1, wall)[0];
      }
      return undefined;
    },
  };
}

/** What the clocks show, or would show had they not just been put back. */
function latestWallTime(at: Date, timeZone: string): Date {
  const before = wallTime(new Date(at.getTime() - longestChangeMs), timeZone).getTime() + longestChangeMs;
  return new Date(Math.max(wallTime(at, timeZone).getTime(), before));
}

/** croner looks for what is earlier than an instant, in whole seconds, and this one counts too. */
function lastUpTo(at: Date, runs: Cron): Date | undefined {
  return runs.previousRuns(1, new Date(Math.floor(at.getTime() / 1000) * 1000 + 1000))[0];
}
