import { freePorts } from '@tradewind/local/platform';
import { contestantNames, contestants, pidsOf, type ContestantName, type Sample } from './contestants.ts';
import { measureProcesses, type ProcessFigures } from './measure/processes.ts';
import { waitUntilIdle } from './measure/wait-until-idle.ts';
import { batchedWrites } from './rivals/batched-writes.ts';
import { startBareServer } from './rivals/start-bare.ts';
import { listPath, openShop } from './shop.ts';

export interface BenchOptions {
  readonly turns: number;
  /** Counted seconds of each contestant in each turn. */
  readonly seconds: number;
  readonly only: readonly ContestantName[];
  readonly signal: AbortSignal;
  /** Says how far it is. */
  readonly report: (line: string) => void;
}

/** The samples of each contestant, one a turn. */
export type Samples = Readonly<Partial<Record<ContestantName, readonly Sample[]>>>;

export interface BenchResult {
  readonly samples: Samples;
  readonly processes: readonly ProcessFigures[];
}

const warmUpSeconds = 2;

/** Measures everything in turns, so that what else this machine does meets all contestants alike. */
export async function runBench({ turns, seconds, only, signal, report }: BenchOptions): Promise<BenchResult> {
  await using stack = new AsyncDisposableStack();
  const shop = stack.use(await openShop({ report }));
  signal.throwIfAborted();
  const bodies = new Map([
    ...shop.products.map(({ id, body }) => [id, body] as const),
    ['list', shop.listBody],
  ]);
  const { gateway: port } = await freePorts();
  const bare = stack.use(await startBareServer(shop.dir, port, bodies));
  const { mongoUri, natsUrl } = shop.platform.servers;
  const batched = stack.use(await batchedWrites(mongoUri, natsUrl, shop.products.length));
  const all = contestants(shop, { bare: { port, pid: bare.pid ?? 0 }, batched });
  const chosen = contestantNames.filter((name) => only.includes(name));

  report(`warming up, ${warmUpSeconds} s each (GET ${listPath}: ${shop.listBody.length} bytes)`);
  for (const name of chosen) await all[name](warmUpSeconds, signal);
  const samples = Object.fromEntries(chosen.map((name) => [name, [] as Sample[]]));
  for (let turn = 1; turn <= turns; turn += 1) {
    for (const name of chosen) {
      await waitUntilIdle(pidsOf(shop), signal);
      const sample = await all[name](seconds, signal);
      samples[name]?.push(sample);
      report(`turn ${turn} of ${turns}  ${lineOf(name, sample)}`);
    }
  }
  report('measuring memory, and the time to be ready of each process');
  return { samples, processes: await measureProcesses(shop.programs, signal) };
}

function lineOf(name: ContestantName, { perSecond, late = 0 }: Sample): string {
  const pending = late === 0 ? '' : `  (${late} more were not decided in time)`;
  return `${name.padEnd(15)}${Math.round(perSecond).toString().padStart(7)} /s${pending}`;
}
