const formatters = new Map<string, Intl.DateTimeFormat>();
const minuteMs = 60_000;
/** No zone's clock is ever further away from the same zone's clock a day earlier or later than this. */
const dayMs = 86_400_000;

/** What the clocks of a zone show at an instant, as the instant at which the clocks of UTC show the same. */
export function wallTime(at: Date, timeZone: string): Date {
  return new Date(at.getTime() + offsetMs(at.getTime(), timeZone));
}

/**
 * The instant at which the clocks of a zone show a time: the first if they show it twice, and if they never do, because
 * they are put forward over it, the instant of that change.
 */
export function instantOf(wall: Date, timeZone: string): Date {
  const time = wall.getTime();
  const before = offsetMs(time - dayMs, timeZone);
  const after = offsetMs(time + dayMs, timeZone);
  const fits = [time - before, time - after].filter((at) => at + offsetMs(at, timeZone) === time);
  return new Date(fits.length > 0 ? Math.min(...fits) : changeBetween(time - after, time - before, timeZone));
}

/** The first minute after `low` whose offset is that at `high`. */
function changeBetween(low: number, high: number, timeZone: string): number {
  const offset = offsetMs(high, timeZone);
  let [not, yes] = [low, high];
  while (yes - not > minuteMs) {
    const middle = not + Math.floor((yes - not) / 2 / minuteMs) * minuteMs;
    if (offsetMs(middle, timeZone) === offset) yes = middle;
    else not = middle;
  }
  return yes;
}

function offsetMs(at: number, timeZone: string): number {
  const minute = Math.floor(at / minuteMs) * minuteMs;
  const part = (type: Intl.DateTimeFormatPartTypes) =>
    Number(parts.find((one) => one.type === type)?.value ?? 0);
  const parts = formatter(timeZone).formatToParts(minute);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
  return shown - minute;
}

/** @throws RangeError when there is no such zone */
function formatter(timeZone: string): Intl.DateTimeFormat {
  let known = formatters.get(timeZone);
  if (known === undefined) {
    known = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
    formatters.set(timeZone, known);
  }
  return known;
}
