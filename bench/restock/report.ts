import { spread } from '../src/measure/statistics.ts';
import { table } from '../src/report/table.ts';
import type { Samples } from './run-bench.ts';
import type { Sample } from './run-turn.ts';

interface Figure {
  readonly title: string;
  readonly of: (sample: Sample) => number;
  readonly digits: number;
  /** Of the controller's figure to the comparator's. */
  readonly aim?: string;
}

const cpu = (name: string, title = name): Figure => ({
  title: `CPU µs for each resource, ${title}`,
  of: ({ cpuMicrosEach }) => cpuMicrosEach[name] ?? NaN,
  digits: 0,
});

const figures: readonly Figure[] = [
  { title: 'first sync, s', of: ({ syncSeconds }) => syncSeconds, digits: 2 },
  { title: 'resources settled per second', of: ({ perSecond }) => perSecond, digits: 0, aim: '≥ 0.8' },
  { title: 'resident memory at most, MiB', of: ({ peakMib }) => peakMib, digits: 0, aim: '≤ 2' },
  { title: 'resident memory when idle, MiB', of: ({ idleMib }) => idleMib, digits: 0, aim: '≤ 2' },
  {
    title: 'requests per minute when idle',
    of: ({ idleRequestsPerMinute }) => idleRequestsPerMinute,
    ...{ digits: 1, aim: '≤ 1' },
  },
  { title: 'CPU when idle, % of a core', of: ({ idleCpuShare }) => idleCpuShare * 100, digits: 1 },
  { title: 'reconciles for each resource', of: ({ reconcilesEach }) => reconcilesEach, digits: 2 },
  { title: 'API requests for each resource', of: ({ requestsEach }) => requestsEach, digits: 2 },
  cpu('contestant', 'its own'),
  ...['inventory', 'API server', 'etcd'].map((name) => cpu(name)),
];

/** The result for people, in Markdown. Ratios are taken within a turn; everything is the median of the turns. */
export function reportOf({ controller, comparator }: Samples): string {
  const rows = figures.map(({ title, of, digits, aim = '' }) => {
    const median = (samples: readonly Sample[] | undefined) =>
      samples === undefined ? '' : spread(samples.map(of)).median.toFixed(digits);
    return [title, median(controller), median(comparator), ...ratioCells(controller, comparator, of), aim];
  });
  const header = ['median of the turns', 'controller', 'comparator', 'ratio', 'least', 'most', 'aim'];
  return table(header, rows);
}

function ratioCells(
  controller: readonly Sample[] | undefined,
  comparator: readonly Sample[] | undefined,
  of: Figure['of'],
): string[] {
  if (controller === undefined || comparator === undefined) return ['', '', ''];
  const ratios = controller.flatMap((sample, turn) => {
    const other = comparator[turn];
    return other === undefined ? [] : [of(sample) / of(other)];
  });
  const { median, least, most } = spread(ratios);
  return [median, least, most].map((value) => value.toFixed(2));
}
