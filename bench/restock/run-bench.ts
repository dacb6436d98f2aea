import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildComparator } from './build-comparator.ts';
import { contestantNames, contestants, type ContestantName } from './contestants.ts';
import { runTurn, type Sample } from './run-turn.ts';
import { openStage } from './stage.ts';

export interface BenchOptions {
  /** How many ProductRestocks there are. */
  readonly resources: number;
  readonly turns: number;
  /** How long a contestant is watched when all is done. */
  readonly idleSeconds: number;
  readonly only: readonly ContestantName[];
  /** The executable of the comparator; by default it is built. */
  readonly comparator?: string;
  readonly signal: AbortSignal;
  /** Says how far it is. */
  readonly report: (line: string) => void;
}

/** One a turn. */
export type Samples = Readonly<Partial<Record<ContestantName, readonly Sample[]>>>;

/** Runs the contestants in turns on one stage, so that what else this machine does meets both alike. */
export async function runBench(options: BenchOptions): Promise<Samples> {
  const { turns, only, signal, report } = options;
  const chosen = contestantNames.filter((name) => only.includes(name));
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-bench-restock-')), removeFolder);
  // First, because it loads the machine most.
  const comparator = chosen.includes('comparator')
    ? (options.comparator ?? (await buildComparator(dir, options)))
    : '';
  const stage = stack.use(await openStage(dir, options));
  const all = contestants(stage, comparator);
  const samples = Object.fromEntries(chosen.map((name) => [name, [] as Sample[]]));
  for (let turn = 1; turn <= turns; turn += 1) {
    // Whoever is first in one turn is second in the next: the servers have more to carry each time.
    for (const name of turn % 2 === 1 ? chosen : chosen.toReversed()) {
      signal.throwIfAborted();
      const sample = await runTurn(stage, all[name], options);
      samples[name]?.push(sample);
      report(`turn ${turn} of ${turns}  ${lineOf(name, sample)}`);
    }
  }
  return samples;
}

async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}

function lineOf(name: ContestantName, sample: Sample): string {
  const figures = [
    `synced after ${sample.syncSeconds.toFixed(2)} s`,
    `${Math.round(sample.perSecond)} /s`,
    `${Math.round(sample.peakMib)} MiB`,
    `${sample.idleRequestsPerMinute.toFixed(1)} idle requests a minute`,
  ];
  return `${name.padEnd(12)}${figures.join(', ')}`;
}
