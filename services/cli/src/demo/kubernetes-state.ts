import { cwd } from 'node:process';
import { TradewindError } from '@tradewind/shared/errors';
import { readProfile, type KubernetesState } from '../profile.ts';
import { waitFor } from '../wait-for.ts';

export interface KubernetesOptions {
  readonly profile?: string;
  /** The platform that is asked for: a profile of another one says nothing of it. */
  readonly url: string;
}

const longestBuildSeconds = 3600;

/** How far the platform's Kubernetes is; undefined where it runs without, or none that this machine knows of. */
export async function kubernetesState({
  profile: file,
  url,
}: KubernetesOptions): Promise<KubernetesState | undefined> {
  const profile = await readProfile(file, cwd());
  const isOwn = profile.url !== undefined && new URL(profile.url).href === new URL(url).href;
  return isOwn ? profile.kubernetes : undefined;
}

/**
 * Waits until the platform's Kubernetes is ready, and gives the path of its kubectl. Throws ILLEGAL_STATE when there is
 * none, and none will come.
 */
export async function readyKubernetes(
  options: KubernetesOptions,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  let said = '';
  const ask = async () => {
    const now = await kubernetesState(options);
    if (now?.state === 'ready') return now.kubectl;
    if (now?.state !== 'starting') throw new TradewindError('ILLEGAL_STATE', whyNot(now));
    if (now.message !== said) report(`Waiting for Kubernetes: ${now.message}`);
    said = now.message;
    return undefined;
  };
  return await waitFor('Kubernetes', ask, { signal, seconds: longestBuildSeconds });
}

/** Why nothing can be shown on Kubernetes, and how it can be seen. */
export function whyNot(state: Exclude<KubernetesState, { readonly state: 'ready' }> | undefined): string {
  switch (state?.state) {
    case undefined:
      return 'This platform runs without Kubernetes, so no restock is shown.';
    case 'starting':
      return `Kubernetes is not ready yet (${state.message}), so no restock is shown: make demo ARGS=--restock waits for it.`;
    case 'failed':
      return `There is no Kubernetes, so no restock is shown: ${state.message}`;
  }
}
