import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { contestantNames, type ContestantName } from './contestants.ts';
import { reportOf } from './report.ts';
import { runBench } from './run-bench.ts';

interface Options {
  readonly resources: number;
  readonly turns: number;
  readonly idle: number;
  readonly only: readonly ContestantName[];
  readonly comparator?: string;
  readonly json?: string;
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second Ctrl-C ends the process at once, and what it started ends with it.
  process.once(signal, () => {
    report('stopping');
    stop.abort();
  });
}

const program = new Command('bench-restock')
  .description('Measures the restock controller, beside a small one in Go on controller-runtime.')
  .option('--resources <count>', 'how many ProductRestocks there are', count, 10_000)
  .option('--turns <count>', 'how often each runs, on fresh resources', count, 3)
  .option('--idle <seconds>', 'how long it is watched when all is done', count, 60)
  .option('--only <names>', `some of: ${contestantNames.join(', ')}`, names, [...contestantNames])
  .option('--comparator <file>', 'the comparator, if it was built before; it is built otherwise')
  .option('--json <file>', 'also write every sample to a file');

try {
  const { idle: idleSeconds, json, ...options } = program.parse().opts<Options>();
  const result = await runBench({ ...options, idleSeconds, signal: stop.signal, report });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`\n${reportOf(result)}\n`);
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

function names(text: string): ContestantName[] {
  return text.split(',').map((part) => {
    const name = contestantNames.find((known) => known === part.trim());
    if (!name) throw new InvalidArgumentError(`There is no ${part}.`);
    return name;
  });
}
