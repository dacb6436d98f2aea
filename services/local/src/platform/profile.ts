import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How to reach a running platform and its admin: the `tradewind` command reads it. */
export interface Profile {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly mail_url: string;
  readonly nats_url: string;
  readonly mongo_url: string;
  /** Absent where the platform runs without. */
  readonly kubernetes?: KubernetesState;
}

/** How far Kubernetes is, which follows the shop. */
export type KubernetesState =
  /** `message` is what was said last of it. */
  | { readonly state: 'starting' | 'failed'; readonly message: string }
  /** `kubectl` is the path of one for this cluster. */
  | { readonly state: 'ready'; readonly kubectl: string };

export async function writeProfile(dir: string, profile: Profile): Promise<void> {
  const file = join(dir, 'profile.json');
  const staging = `${file}.new`;
  await writeFile(staging, JSON.stringify(profile, undefined, 2), { mode: 0o600 });
  await rename(staging, file);
}

/** Says in the profile of a platform how far its Kubernetes is. */
export async function writeKubernetesState(dir: string, kubernetes: KubernetesState): Promise<void> {
  const profile = JSON.parse(await readFile(join(dir, 'profile.json'), 'utf8')) as Profile;
  await writeProfile(dir, { ...profile, kubernetes });
}
