import { cwd } from 'node:process';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { positiveInteger } from '../option-parsers.ts';
import { readProfile } from '../profile.ts';
import { startProgress } from './progress.ts';
import { runAudit, type AuditOptions, type AuditResult } from './run-audit.ts';
import { describeAudit } from './summary.ts';

interface Options {
  readonly mongo?: string;
  readonly profile?: string;
  readonly inventoryDb: string;
  readonly orderDb: string;
  readonly settleMs: number;
  readonly json?: boolean;
}

const defaultUri = 'mongodb://127.0.0.1:27117/?replicaSet=rs0';

const help = `
Reads only, in short snapshots, while the shop works. It checks that each product's ledger rows are a chain without gaps
that ends at what is on hand, that each order agrees with its decision, its log, its items and its ledger rows,
that the counters of restocks agree with theirs, and that no event is owed for longer than the settlement bound. docs/audit.md explains each finding.

Exit codes: 0 the books are right; 1 something is wrong, and named, or it was stopped; 2 it could not look: wrong use, or
the database does not answer or refuses.

Examples:
  $ tradewind audit
  $ tradewind audit --mongo 'mongodb://db-0,db-1,db-2/?replicaSet=rs0' --settle-ms 120000 --json
`;

export function auditCommand(context: Context): Command {
  return new Command('audit')
    .summary('prove that the books of a running platform are right')
    .description('Checks stock, orders and owed events of a running platform against each other.')
    .option('--mongo <uri>', `the MongoDB replica set (MONGO_URI; else the profile; else ${defaultUri})`)
    .option('--profile <file>', 'JSON with mongo_url (else .local/profile.json, upward from here)')
    .option('--inventory-db <name>', 'the database of inventory', 'tradewind_inventory')
    .option('--order-db <name>', 'the database of orders', 'tradewind_order')
    .option('--settle-ms <ms>', 'how long what is under way may take', positiveInteger, 60_000)
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      await audit(options, context);
    });
}

async function audit({ mongo, profile, json, ...options }: Options, context: Context): Promise<void> {
  const { mongo_url } = await readProfile(profile, cwd());
  const uri = mongo ?? context.environment.mongoUri ?? mongo_url ?? defaultUri;
  const started = performance.now();
  try {
    const result = await read({ ...options, uri }, context);
    const seconds = (performance.now() - started) / 1000;
    for (const line of json ? [JSON.stringify({ ...result, seconds })] : describeAudit(result, seconds)) {
      context.print(line);
    }
    if (!result.clean) context.exitCode = 1;
  } catch (error) {
    if (context.signal.aborted) throw error;
    // Whatever kept it from looking: 1 is for what was found.
    context.warn(`error: ${error instanceof Error ? error.message : String(error)}`);
    context.exitCode = 2;
  }
}

async function read(
  options: Pick<AuditOptions, 'uri' | 'inventoryDb' | 'orderDb' | 'settleMs'>,
  context: Context,
): Promise<AuditResult> {
  using progress = startProgress((line) => {
    context.warn(line);
  });
  return await runAudit({
    ...options,
    signal: context.signal,
    onProgress: progress.update,
    onSettling: (suspects) => {
      context.warn(`${suspects} differences get up to ${options.settleMs / 1000} s to settle`);
    },
  });
}
