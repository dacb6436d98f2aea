import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { count, someOf, untilStopped } from '../src/command-line.ts';
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

const program = new Command('bench-restock')
  .description('Measures the restock controller, beside a small one in Go on controller-runtime.')
  .option('--resources <count>', 'how many ProductRestocks there are', count, 10_000)
  .option('--turns <count>', 'how often each runs, on fresh resources', count, 3)
  .option('--idle <seconds>', 'how long it is watched when all is done', count, 60)
  .option('--only <names>', `some of: ${contestantNames.join(', ')}`, someOf(contestantNames), [
    ...contestantNames,
  ])
  .option('--comparator <file>', 'the comparator, if it was built before; it is built otherwise')
  .option('--json <file>', 'also write every sample to a file');

await untilStopped(async (context) => {
  const { idle: idleSeconds, json, ...options } = program.parse().opts<Options>();
  const result = await runBench({ ...options, idleSeconds, ...context });
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`\n${reportOf(result)}\n`);
});
