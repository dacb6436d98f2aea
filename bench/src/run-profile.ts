import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { contestants, pidsOf, type ContestantName } from './contestants.ts';
import { countCpu, sum } from './measure/process-usage.ts';
import { longestFunctions, secondsByFamily } from './profile/families.ts';
import { table } from './report/table.ts';
import { openShop, type BenchShop } from './shop.ts';

export interface ProfileOptions {
  readonly name: ContestantName;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

const warmUpSeconds = 3;
const functionsShown = 12;

/** Runs one contestant with a profiler in every service. @returns where the CPU time of one request goes, in Markdown */
export async function runProfile({ name, seconds, signal, report }: ProfileOptions): Promise<string> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'tradewind-profile-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const preload = new URL('./profile/preload.ts', import.meta.url);
  preload.searchParams.set('dir', dir);
  const env = { NODE_OPTIONS: `--import=${preload.href}` };
  const shop = stack.use(await openShop({ report, env }));
  const nothing = { bare: { port: 0, pid: 0 }, batched: noBatches };
  const run = contestants(shop, nothing)[name];
  report(`warming up for ${warmUpSeconds} s`);
  await run(warmUpSeconds, signal);
  report(`profiling ${name} for ${seconds} s`);
  await signalServices(shop, dir, 'start', signal);
  const cpu = countCpu(pidsOf(shop));
  const { perSecond } = await run(seconds, signal);
  const used = cpu();
  await signalServices(shop, dir, 'stop', signal);
  // The rate without what the profiler costs is another measurement; here only the shares matter.
  const total = sum(used.values());
  const done = perSecond * (seconds + leadInSeconds);
  return [
    `${name}: ${Math.round(perSecond)} per second under the profiler, ${micros(total, done)} µs of CPU each`,
    familyTable(shop, dir, used, done),
    ...functionTables(shop, dir, done),
  ].join('\n\n');
}

/** `drive` sends for a second before it counts. */
const leadInSeconds = 1;

const noBatches = {
  run: () => Promise.reject(new Error('not profiled')),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

const profileFile = (dir: string, pid: number | undefined) => join(dir, `${pid ?? 0}.cpuprofile`);

async function signalServices(
  { platform }: BenchShop,
  dir: string,
  what: 'start' | 'stop',
  signal: AbortSignal,
): Promise<void> {
  const services = Object.values(platform.services);
  await Promise.all(services.map((program) => program.kill('SIGUSR2')));
  if (what === 'start') return;
  for (const { pid } of services)
    while (!existsSync(profileFile(dir, pid))) await delay(50, undefined, { signal });
  // The file is there before it is whole.
  await delay(1_000, undefined, { signal });
}

function readProfile(dir: string, pid: number | undefined): Profiler.Profile {
  return JSON.parse(readFileSync(profileFile(dir, pid), 'utf8')) as Profiler.Profile;
}

/** Processes in columns, families in rows, microseconds of CPU for one request in the cells. */
function familyTable(shop: BenchShop, dir: string, used: ReadonlyMap<string, number>, done: number): string {
  const services = Object.values(shop.platform.services);
  const profiles = new Map(services.map(({ name, pid }) => [name, secondsByFamily(readProfile(dir, pid))]));
  const columns = new Map(
    [...shop.programs.keys()].map((name) => [name, shares(profiles.get(name), used.get(name) ?? 0)]),
  );
  const totalOf = (family: string) => sum([...columns.values()].map((families) => families.get(family) ?? 0));
  const names = [...new Set([...columns.values()].flatMap((families) => [...families.keys()]))];
  const rows = names
    .sort((a, b) => totalOf(b) - totalOf(a))
    .map((family) => [
      family,
      ...[...columns.values()].map((families) => micros(families.get(family) ?? 0, done)),
      micros(totalOf(family), done),
    ]);
  const sums = [...columns.values()].map((families) => micros(sum(families.values()), done));
  const all = micros(sum(names.map(totalOf)), done);
  return table(['µs of CPU each', ...columns.keys(), 'all'], [...rows, ['all', ...sums, all]]);
}

/**
 * The CPU time that the kernel counted, in the profile's shares. The profiler sees one thread, and takes the time in which
 * another process had the core for work; the kernel sees all threads and does not.
 */
function shares(families: ReadonlyMap<string, number> | undefined, used: number): Map<string, number> {
  const profiled = sum(families?.values() ?? []);
  const scale = profiled > used ? used / profiled : 1;
  const shared = new Map([...(families ?? [])].map(([family, seconds]) => [family, seconds * scale]));
  return shared.set('other threads, servers in C', Math.max(0, used - profiled * scale));
}

function functionTables({ platform }: BenchShop, dir: string, done: number): string[] {
  return Object.values(platform.services).flatMap(({ name, pid }) => {
    const rows = longestFunctions(readProfile(dir, pid), functionsShown).map(([place, seconds]) => [
      place,
      micros(seconds, done),
    ]);
    return rows.length === 0 ? [] : [table([name, 'µs each'], rows)];
  });
}

const micros = (seconds: number, count: number): string => {
  const each = (seconds / count) * 1e6;
  return each >= 10 ? each.toFixed(0) : each.toFixed(1);
};
