import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How to reach a running platform and its admin: the `tradewind` command reads it. */
export interface Profile {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly mail_url: string;
  readonly nats_url: string;
  readonly mongo_url: string;
}

export async function writeProfile(dir: string, profile: Profile): Promise<void> {
  await writeFile(join(dir, 'profile.json'), JSON.stringify(profile, undefined, 2), { mode: 0o600 });
}
