import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
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

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second Ctrl-C ends the process at once, and what it started ends with it.
  process.once(signal, () => {
    report('stopping');
    stop.abort();
  });
}

const program = new Command('bench')
  .description('Measures what the shop costs, beside a bare fastify server and beside its writes in batches.')
  .option('--turns <count>', 'how often each contestant runs', count, 5)
  .option('--seconds <count>', 'how long each is counted in a turn', count, 5)
  .option('--only <names>', `some of: ${contestantNames.join(', ')}`, names, [...contestantNames])
  .option('--json <file>', 'also write every sample to a file')
  .addOption(
    new Option('--profile <name>', 'instead, show where the time of one of these goes').choices([
      'product',
      'list',
      'orders',
      'hot product',
    ]),
  );

try {
  const { profile, json, ...options } = program.parse().opts<Options>();
  const context = { signal: stop.signal, report };
  if (profile === undefined) {
    const result = await runBench({ ...options, ...context });
    if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
    process.stdout.write(`\n${reportOf(result)}\n`);
  } else {
    process.stdout.write(`\n${await runProfile({ ...options, name: profile, ...context })}\n`);
  }
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
