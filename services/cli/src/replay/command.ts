import { cwd } from 'node:process';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { positiveInteger } from '../option-parsers.ts';
import { readProfile } from '../profile.ts';
import { runReplay, type ReplayedLetter } from './run-replay.ts';
import { formatRow } from './table.ts';

interface Options {
  readonly nats?: string;
  readonly profile?: string;
  readonly stream?: string;
  readonly consumer?: string;
  readonly dryRun?: boolean;
  readonly limit?: number;
}

const help = `
A consumer that gives up on a message stores it in the stream DEAD, with the reason. Correct the cause first, then replay:
each letter is published again on its first subject, and leaves DEAD when that is acknowledged. A product's or level's
state that a newer one has replaced is superseded: it is removed and not published. A letter into which its message did not
fit is incomplete: it stays until somebody deletes it. A server that asks for a log-in is given NATS_USER and NATS_PASSWORD
of the environment.

Examples:
  $ tradewind replay --dry-run
  $ tradewind replay --stream ORDERS --consumer inventory --limit 10
`;

export function replayCommand(context: Context): Command {
  return new Command('replay')
    .summary('put dead letters back where they came from')
    .description('Puts back what consumers gave up on.')
    .option('--nats <url>', 'the NATS server (NATS_URL; else the profile; else nats://127.0.0.1:4222)')
    .option('--profile <file>', 'JSON with nats_url (else .local/profile.json, upward from here)')
    .option('--stream <name>', 'only those of this stream, such as ORDERS')
    .option('--consumer <name>', 'only those of this consumer')
    .option('--limit <n>', 'so many at most, the oldest first', positiveInteger)
    .option('--dry-run', 'only show them')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      await replay(options, context);
    });
}

async function replay({ nats, profile, ...options }: Options, context: Context): Promise<void> {
  const { nats_url } = await readProfile(profile, cwd());
  const { natsUser, natsPassword } = context.environment;
  const natsUrl = nats ?? context.environment.natsUrl ?? nats_url ?? 'nats://127.0.0.1:4222';
  const counts = new Map<string, number>();
  const server = { natsUrl, natsUser, natsPassword };
  for await (const replayed of runReplay({ ...options, ...server, signal: context.signal })) {
    if (counts.size === 0)
      context.print(formatRow(['SEQ', 'SUBJECT', 'CONSUMER', 'TRIES', 'SINCE', 'OUTCOME', 'REASON']));
    counts.set(replayed.outcome, (counts.get(replayed.outcome) ?? 0) + 1);
    context.print(formatRow(cells(replayed)));
  }
  const stays = ['unreadable', 'stream missing', 'incomplete'].some((outcome) => counts.has(outcome));
  if (stays || context.signal.aborted) context.exitCode = 1;
  const summary = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  context.print(summary === '' ? 'no dead letters' : summary);
}

function cells(replayed: ReplayedLetter): readonly string[] {
  if (replayed.outcome === 'unreadable')
    return [String(replayed.sequence), '?', '?', '?', '?', 'unreadable', ''];
  const { outcome, letter } = replayed;
  const { sequence, subject, consumer, deliveries, deadSince, reason, omitted } = letter;
  const missing = `; without its ${omitted}: see message ${letter.originalSequence} of ${letter.stream}`;
  return [
    String(sequence),
    subject,
    consumer,
    deliveries,
    deadSince.toISOString().slice(0, 19),
    outcome,
    omitted === '' ? reason : reason + missing,
  ];
}
