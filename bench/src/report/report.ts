import type { ContestantName, Sample } from '../contestants.ts';
import { spread } from '../measure/statistics.ts';
import type { BenchResult, Samples } from '../run-bench.ts';
import { table } from './table.ts';

interface Ratio {
  readonly title: string;
  readonly aim: string;
  readonly of: ContestantName;
  readonly to: ContestantName;
  readonly digits: number;
  /** Of what the servers spent on each, instead of how many there were: it does not depend on what else the machine does. */
  readonly byCpu?: true;
}

const ratios: readonly Ratio[] = [
  { title: 'product read / bare fastify', aim: '≥ 0.8', of: 'product', to: 'bare product', digits: 2 },
  { title: 'list of 20 / bare fastify', aim: '≥ 0.5', of: 'list', to: 'bare list', digits: 2 },
  { title: 'bare requests for one order', aim: '≤ 40', of: 'bare product', to: 'orders', digits: 1 },
  {
    ...{ title: 'product read / bare fastify, by CPU of the servers', aim: '' },
    ...{ of: 'bare product', to: 'product', digits: 2, byCpu: true },
  },
  {
    ...{ title: 'list of 20 / bare fastify, by CPU of the servers', aim: '' },
    ...{ of: 'bare list', to: 'list', digits: 2, byCpu: true },
  },
  {
    ...{ title: 'bare requests for one order, by CPU of the servers', aim: '' },
    ...{ of: 'orders', to: 'bare product', digits: 1, byCpu: true },
  },
  {
    title: 'bare requests for one order, batched writes only',
    aim: '',
    of: 'bare product',
    to: 'batched writes',
    digits: 1,
  },
  { title: 'orders / batched writes', aim: '', of: 'orders', to: 'batched writes', digits: 3 },
  { title: 'hot product / spread orders', aim: '≥ 0.7', of: 'hot product', to: 'orders', digits: 2 },
];

/** The result for people, in Markdown: ratios first, since they hold on other machines too. */
export function reportOf({ samples, processes }: BenchResult): string {
  const processRows = processes.map(({ name, residentMib, readyMs }) => [
    name,
    residentMib.toFixed(0),
    (readyMs / 1000).toFixed(2),
  ]);
  return [
    table(['ratio, median of the turns', 'median', 'least', 'most', 'aim'], ratioRows(samples)),
    table(
      ['absolute', 'per second', 'least', 'most', 'p50 ms', 'p99 ms', 'CPU µs each'],
      absoluteRows(samples),
    ),
    table(['process', 'resident MiB', 'ready after s'], processRows),
  ].join('\n\n');
}

function ratioRows(samples: Samples): string[][] {
  return ratios.flatMap(({ title, aim, of, to, digits, byCpu }) => {
    const figure = (sample: Sample | undefined) => (byCpu ? sample?.cpuMicros : sample?.perSecond) ?? NaN;
    const [ofSamples, toSamples] = [samples[of], samples[to]];
    if (!ofSamples || !toSamples) return [];
    const { median, least, most } = spread(
      ofSamples.map((sample, turn) => figure(sample) / figure(toSamples[turn])),
    );
    return [[title, ...[median, least, most].map((value) => value.toFixed(digits)), aim]];
  });
}

function absoluteRows(samples: Samples): string[][] {
  return Object.entries(samples).map(([name, turns]) => {
    const { median, least, most } = spread(turns.map(({ perSecond }) => perSecond));
    return [
      name,
      ...[median, least, most].map((value) => Math.round(value).toString()),
      medianOf(turns, 'p50', 1),
      medianOf(turns, 'p99', 1),
      medianOf(turns, 'cpuMicros', 0),
    ];
  });
}

function medianOf(turns: readonly Sample[], field: 'p50' | 'p99' | 'cpuMicros', digits: number): string {
  const values = turns.flatMap((sample) => sample[field] ?? []);
  return values.length === 0 ? '' : spread(values).median.toFixed(digits);
}
