import { Command } from 'commander';
import { ApiClient } from '../api/client.ts';
import type { Context } from '../context.ts';
import { perSecond, positiveInteger, seconds } from '../option-parsers.ts';
import { connectionOf, withPlatformOptions, type PlatformOptions } from '../platform-options.ts';
import { runProduce, type ProduceCounts } from './run-produce.ts';

interface Options extends PlatformOptions {
  readonly rate: number;
  readonly count?: number;
  readonly duration?: number;
  readonly products: number;
  readonly seed: number;
}

const help = `
It orders as a customer that it registers, so it needs no login. The pace does not depend on the answers: a slow platform
gets as many orders as a fast one. Without --count and --duration it goes on until it is stopped (Ctrl-C, SIGTERM).

Examples:
  $ tradewind produce --rate 20/s --duration 1m
  $ tradewind produce --rate 100 --count 5000 --products 5 --seed 42
`;

export function produceCommand(context: Context): Command {
  const command = new Command('produce')
    .summary('place mock orders at a set rate')
    .description('Places mock orders through the gateway at a set rate, and counts what becomes of them.')
    .option('--rate <n/s>', 'orders per second', perSecond, 5)
    .option('--count <n>', 'stop after so many orders', positiveInteger)
    .option('--duration <time>', 'stop after this time: 90, 90s, 5m, 1h', seconds)
    .option('--products <n>', 'spread the orders over so many products', positiveInteger, 20)
    .option('--seed <n>', 'the same seed makes the same orders', positiveInteger, 1)
    .addHelpText('after', help);
  return withPlatformOptions(command).action(async (options: Options) => {
    await produce(options, context);
  });
}

async function produce(options: Options, context: Context): Promise<void> {
  const { url } = await connectionOf(options, context);
  // Of its own signal: stopping ends the pace, while orders in flight keep their answer.
  const visitor = new ApiClient({ url, signal: new AbortController().signal, attempts: 3 });
  let before = noCounts;
  const counts = await runProduce(visitor, {
    ...options,
    signal: context.signal,
    observer: (now) => {
      context.print(describe(now, before));
      before = now;
    },
  });
  context.print(`in all: ${describe(counts, noCounts)}`);
  if (counts.failed > 0) context.exitCode = 1;
}

const noCounts: ProduceCounts = { started: 0, accepted: 0, confirmed: 0, refused: 0, failed: 0 };

function describe(now: ProduceCounts, before: ProduceCounts): string {
  const names = ['started', 'accepted', 'confirmed', 'refused', 'failed'] as const;
  return names.map((name) => `${now[name] - before[name]} ${name}`).join(', ');
}
