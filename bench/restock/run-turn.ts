import { setTimeout as delay } from 'node:timers/promises';
import { countCpu, cpuSeconds, residentMib } from '../src/measure/process-usage.ts';
import { waitUntilIdle } from '../src/measure/wait-until-idle.ts';
import { requestCount, sumOf } from './cluster.ts';
import { peakResidentMib } from './peak-memory.ts';
import type { Contestant, NewContestant } from './contestants.ts';
import { renewRestocks, watchSettling } from './restocks.ts';
import type { Stage } from './stage.ts';

export interface Sample {
  /** From the start of the process until it knows all resources. */
  readonly syncSeconds: number;
  /** Resources settled, from then until the last one is. */
  readonly perSecond: number;
  /** Reconciles for each resource until nothing was left to do, by the contestant's own count. */
  readonly reconcilesEach: number;
  /** Requests to the API server for each resource until then; its start is in it. */
  readonly requestsEach: number;
  /** Microseconds of CPU for each resource from the sync until then, of the contestant and of the servers it asks. */
  readonly cpuMicrosEach: Readonly<Record<string, number>>;
  /** The most that it had resident. */
  readonly peakMib: number;
  /** Resident when it has been idle. */
  readonly idleMib: number;
  /** To the API server, when all is done. */
  readonly idleRequestsPerMinute: number;
  /** Of one core, when all is done. */
  readonly idleCpuShare: number;
}

export interface TurnOptions {
  readonly idleSeconds: number;
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
}

const restMs = 2_000;
/** Requests; the Lease is renewed every two seconds. */
const mostPerSecond = 1.5;
/** The controller looks at every resource again in ten minutes, evenly; twice that is no rest. */
const resyncSeconds = 300;

/** Starts a contestant on fresh resources, and ends it when it has settled them and has been idle. */
export async function runTurn(stage: Stage, make: NewContestant, options: TurnOptions): Promise<Sample> {
  const { api, products } = stage;
  const { idleSeconds, signal, report } = options;
  report(`creating ${products.skus.length} resources`);
  const fresh = await renewRestocks(api, products.skus, signal);
  const unitsBefore = await products.unitsOnHand();
  await waitUntilIdle(pidsOf(stage), signal);
  await using stack = new AsyncDisposableStack();
  const settling = stack.use(
    watchSettling(api, fresh.count, (error) => {
      report(`the resources are watched again: ${String(error)}`);
    }),
  );
  const { program, metricsUrl } = await make();
  const requestsBefore = await requestCount(stage.kubectl);

  const startedAt = performance.now();
  stack.use(program);
  await program.start(signal);
  const syncedAt = performance.now();
  const pids = new Map([['contestant', program.pid ?? NaN], ...pidsOf(stage)]);
  const cpu = countCpu(pids);
  await orCrash(settling.all, program, signal);
  const seconds = (performance.now() - syncedAt) / 1000;

  report(`all settled after ${seconds.toFixed(1)} s; watching it at rest`);
  await waitUntilAtRest(stage, metricsUrl, fresh.count, signal);
  const each = (value: number) => value / fresh.count;
  const cpuMicrosEach = Object.fromEntries([...cpu()].map(([name, spent]) => [name, each(spent * 1e6)]));
  const requestsEach = each((await requestCount(stage.kubectl)) - requestsBefore);
  const reconcilesEach = each(await reconcilesOf(metricsUrl));

  const pid = program.pid ?? NaN;
  const idle = await watchIdle(stage, pid, idleSeconds, signal);
  checkUnits((await products.unitsOnHand()) - unitsBefore, fresh.units);
  return {
    ...{ syncSeconds: (syncedAt - startedAt) / 1000, perSecond: fresh.count / seconds },
    ...{ reconcilesEach, requestsEach, cpuMicrosEach },
    ...{ peakMib: peakResidentMib(pid), idleMib: residentMib(pid), ...idle },
  };
}

/** Waits until it reconciles no more than by its resync, and asks the API server for hardly more than its Lease. */
async function waitUntilAtRest(
  stage: Stage,
  metricsUrl: string,
  resources: number,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const began = performance.now();
    const [reconciles, requests] = [await reconcilesOf(metricsUrl), await requestCount(stage.kubectl)];
    await delay(restMs, undefined, { signal });
    const moreRequests = (await requestCount(stage.kubectl)) - requests;
    const moreReconciles = (await reconcilesOf(metricsUrl)) - reconciles;
    const seconds = (performance.now() - began) / 1000;
    const isResync = moreReconciles <= (resources / resyncSeconds) * seconds;
    if (isResync && moreRequests <= mostPerSecond * seconds) return;
  }
}

async function watchIdle(stage: Stage, pid: number, seconds: number, signal: AbortSignal) {
  const requestsBefore = await requestCount(stage.kubectl);
  const cpuBefore = cpuSeconds(pid);
  const began = performance.now();
  await delay(seconds * 1000, undefined, { signal });
  const requests = (await requestCount(stage.kubectl)) - requestsBefore;
  const elapsed = (performance.now() - began) / 1000;
  return {
    idleRequestsPerMinute: (requests / elapsed) * 60,
    idleCpuShare: (cpuSeconds(pid) - cpuBefore) / elapsed,
  };
}

/** Waits for what the contestant is to do. Rejects when it ends before, or the run is given up. */
async function orCrash(
  done: Promise<void>,
  program: Contestant['program'],
  signal: AbortSignal,
): Promise<void> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  program.onCrash((how) => {
    reject(new Error(`${program.name} ended: ${how}`));
  });
  const stop = () => {
    reject(signal.reason as Error);
  };
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([done, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
    // It may end later, when nobody waits any more.
    ended.catch(() => undefined);
  }
}

/** @throws Error unless every restock was made exactly once */
function checkUnits(added: number, expected: number): void {
  if (added !== expected) throw new Error(`${added} units were added, and not ${expected}`);
}

async function reconcilesOf(metricsUrl: string): Promise<number> {
  const response = await fetch(metricsUrl);
  return sumOf(await response.text(), 'controller_runtime_reconcile_total');
}

const pidsOf = ({ servers }: Stage): Map<string, number> =>
  new Map([...servers].map(([name, { pid = NaN }]) => [name, pid]));
