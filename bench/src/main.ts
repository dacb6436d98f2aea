import { writeFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { count, someOf, untilStopped } from './command-line.ts';
import { contestantNames, type ContestantName } from './contestants.ts';
import { reportOf } from './report/report.ts';
import { runBench } from './run-bench.ts';
import { runProfile } from './run-profile.ts';

interface Options {
  readonly turns: number;
  readonly seconds: number;
  readonly only: readonly ContestantName[];
  readonly profile?: ContestantName;
  readonly json?: string;
}

const program = new Command('bench')
  .description('Measures what the shop costs, beside a bare fastify server and beside its writes in batches.')
  .option('--turns <count>', 'how often each contestant runs', count, 5)
  .option('--seconds <count>', 'how long each is counted in a turn', count, 5)
  .option('--only <names>', `some of: ${contestantNames.join(', ')}`, someOf(contestantNames), [
    ...contestantNames,
  ])
  .option('--json <file>', 'also write every sample to a file')
  .addOption(
    new Option('--profile <name>', 'instead, show where the time of one of these goes').choices([
      'product',
      'list',
      'orders',
      'hot product',
    ]),
  );

await untilStopped(async (context) => {
  const { profile, json, ...options } = program.parse().opts<Options>();
  if (profile === undefined) {
    const result = await runBench({ ...options, ...context });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
    process.stdout.write(`\n${reportOf(result)}\n`);
  } else {
    process.stdout.write(`\n${await runProfile({ ...options, name: profile, ...context })}\n`);
  }
});
