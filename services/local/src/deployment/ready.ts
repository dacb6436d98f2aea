import { setTimeout as delay } from 'node:timers/promises';
import type { Kubectl } from '../kubernetes/index.ts';
import { SetupError } from '../setup-error.ts';
import type { ReleaseName } from './release.ts';

const timeout = '10m';
/** How often it is told what is still waited for. */
const tellMs = 20_000;

/**
 * Waits until every Deployment and StatefulSet of a release runs its present version.
 *
 * @param report receives a line for each that does, and now and then the pods that do not yet
 * @throws SetupError that lists the pods, when one does not get there in ten minutes
 */
export async function untilReady(
  kubectl: Kubectl,
  { namespace, name }: ReleaseName,
  report: (line: string) => void,
): Promise<void> {
  const ofRelease = ['--namespace', namespace, '--selector', `app.kubernetes.io/instance=${name}`];
  const listed = await kubectl('get', 'statefulsets,deployments', ...ofRelease, '--output', 'name');
  const waits = listed.split('\n').map(async (workload) => {
    await kubectl('rollout', 'status', workload, '--namespace', namespace, '--timeout', timeout);
    report(`${workload.split('/').at(-1) ?? workload}: ready`);
  });
  const end = new AbortController();
  const told = tell(kubectl, ofRelease, report, end.signal);
  const outcomes = await Promise.allSettled(waits);
  end.abort();
  await told;
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (!failed) return;
  const pods = await kubectl('get', 'pods', ...ofRelease);
  throw new SetupError(`Not all of the release got ready. Its pods:\n${pods}`, { cause: failed.reason });
}

async function tell(
  kubectl: Kubectl,
  ofRelease: readonly string[],
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const pause = () => delay(tellMs, true, { signal }).catch(() => false);
  while (await pause()) {
    const pods = await kubectl('get', 'pods', ...ofRelease, '--no-headers').catch(() => '');
    const waiting = pods.split('\n').map((line) => line.split(/\s+/));
    for (const [pod = '', ready = '', status = ''] of waiting) {
      if (pod !== '' && !isReady(ready)) report(`${pod}: not ready yet (${status})`);
    }
  }
}

/** Like `1/2`. */
function isReady(containers: string): boolean {
  const [ready, all] = containers.split('/');
  return ready === all;
}
