import { Cron } from 'croner';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readSchedule } from './schedule.ts';
import { instantOf } from './time-zone.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** The first runs after an instant. */
function runs(cron: string, timeZone: string, after: string, count: number): string[] {
  const schedule = readSchedule(cron, timeZone);
  const found: string[] = [];
  let at = new Date(after);
  while (found.length < count) {
    const next = schedule.next(at);
    if (next === undefined) break;
    found.push(next.toISOString().replace(':00.000Z', 'Z'));
    at = next;
  }
  return found;
}

test('a time of the day is one of the named zone, in winter and in summer', () => {
  expect(runs('0 6 * * 1', 'Europe/Berlin', '2026-03-20T00:00Z', 2)).toEqual([
    '2026-03-23T05:00Z',
    '2026-03-30T04:00Z',
  ]);
});

describe('when the clocks go forward (Berlin, 29 March 2026, 2:00 becomes 3:00)', () => {
  test('a run whose time is skipped happens at the change', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });
  test('several that are skipped happen once', () => {
    expect(runs('*/20 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 3)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:00Z',
      '2026-03-30T00:20Z',
    ]);
  });
  test('a skipped one and one at the change happen once', () => {
    expect(runs('30 2,3 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 3)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-29T01:30Z',
      '2026-03-30T00:30Z',
    ]);
    expect(runs('0 2-3 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual([
      '2026-03-29T01:00Z',
      '2026-03-30T00:00Z',
    ]);
  });
  test.each(['*', '*/1', '0-23', '0-23/1'])('an hourly schedule, "%s", goes on each hour', (hours) => {
    expect(runs(`15 ${hours} * * *`, 'Europe/Berlin', '2026-03-29T00:00Z', 3)).toEqual([
      '2026-03-29T00:15Z',
      '2026-03-29T01:15Z',
      '2026-03-29T02:15Z',
    ]);
  });
});

describe('when the clocks go back (Berlin, 25 October 2026, 3:00 becomes 2:00)', () => {
  test('a run whose time comes twice happens the first time', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-24T00:00Z', 3)).toEqual([
      '2026-10-24T00:30Z',
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
  });
  test('it does not happen again for who asks between the two', () => {
    expect(runs('30 2 * * *', 'Europe/Berlin', '2026-10-25T01:10Z', 1)).toEqual(['2026-10-26T01:30Z']);
  });
  test.each(['*', '*/1', '0-23', '0-23/1'])('an hourly schedule, "%s", goes on each hour', (hours) => {
    expect(runs(`0 ${hours} * * *`, 'Europe/Berlin', '2026-10-24T23:30Z', 4)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T01:00Z',
      '2026-10-25T02:00Z',
      '2026-10-25T03:00Z',
    ]);
  });
});

test('it is the same in the south and west, and where the change is half an hour', () => {
  expect(runs('30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', 2)).toEqual([
    '2026-03-08T07:00Z',
    '2026-03-09T06:30Z',
  ]);
  expect(runs('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual([
    '2026-10-03T15:30Z',
    '2026-10-04T15:15Z',
  ]);
});

test.each(['30 2 * * *', '*/20 1-3 * * *', '15 * * * *', '0 0,12 1 * 1'])(
  'the last run of "%s" at any instant is the one whose next is later',
  (cron) => {
    const schedule = readSchedule(cron, 'Europe/Berlin');
    for (const day of ['2026-03-28T22:00Z', '2026-10-24T22:00Z', '2026-06-30T22:00Z']) {
      for (let minutes = 0; minutes < 360; minutes += 7) {
        const at = new Date(Date.parse(day) + minutes * 60_000);
        const last = schedule.last(at);
        if (last === undefined) throw new Error('there is always an earlier one');
        expect(last.getTime()).toBeLessThanOrEqual(at.getTime());
        expect(schedule.next(last)?.getTime()).toBe(schedule.next(at)?.getTime());
      }
    }
  },
);

const hourMs = 3_600_000;

/** When the clocks of a zone are put forward or back. */
const changes = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['Antarctica/Troll', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
] as const;

test.each(changes)('in %s around %s, last and next are those of all its runs', (timeZone, change) => {
  const changeMs = Date.parse(change);
  for (const cron of ['30 2 * * *', '*/20 1-3 * * *', '*/7 0-12 * * *']) {
    const schedule = readSchedule(cron, timeZone);
    const times = new Cron(cron, { mode: '5-part', timezone: 'Etc/UTC' });
    const all = times
      .nextRuns(700, new Date(changeMs - 60 * hourMs))
      .map((wall) => instantOf(wall, timeZone));
    for (let ms = -5 * hourMs; ms < 5 * hourMs; ms += 11.3 * 60_000) {
      const at = new Date(changeMs + ms);
      expect(schedule.last(at)).toEqual(all.findLast((run) => run <= at));
      expect(schedule.next(at)).toEqual(all.find((run) => run > at));
    }
  }
});

test('it takes one search each way, also where there are many runs', () => {
  const schedule = readSchedule('* 8-18 * * *', 'Europe/Berlin');
  const searches = [vi.spyOn(Cron.prototype, 'nextRun'), vi.spyOn(Cron.prototype, 'previousRuns')];
  const at = new Date('2026-05-05T12:00:30Z');
  expect(schedule.last(at)).toEqual(new Date('2026-05-05T12:00Z'));
  expect(schedule.next(at)).toEqual(new Date('2026-05-05T12:01Z'));
  for (const search of searches) expect(search).toHaveBeenCalledTimes(1);
});

test('an instant of the schedule is its own last run, and not its next', () => {
  for (const cron of ['0 6 * * *', '0 * * * *']) {
    const schedule = readSchedule(cron, 'Etc/UTC');
    const at = new Date('2026-05-05T06:00Z');
    expect(schedule.last(at)).toEqual(at);
    expect(schedule.next(at)).not.toEqual(at);
  }
});

test('no run is the last one before it has come, not by a millisecond', () => {
  for (const cron of ['0 6 * * *', '0 * * * *'])
    expect(readSchedule(cron, 'Etc/UTC').last(new Date('2026-05-05T05:59:59.999Z'))).not.toEqual(
      new Date('2026-05-05T06:00Z'),
    );
});

test('a date that never comes has no run', () => {
  expect(readSchedule('0 0 30 2 *', 'Etc/UTC').next(new Date())).toBeUndefined();
  expect(readSchedule('0 0 30 2 *', 'Etc/UTC').last(new Date())).toBeUndefined();
});

test('what cannot be read is refused', () => {
  expect(() => readSchedule('0 6 * *', 'Etc/UTC')).toThrow();
  expect(() => readSchedule('0 5-1 * * *', 'Etc/UTC')).toThrow();
  for (const cron of ['0 6 * * *', '0 * * * *'])
    expect(() => readSchedule(cron, 'Europe/Nowhere')).toThrow('Europe/Nowhere');
});
