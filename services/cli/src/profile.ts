import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invalid } from '@tradewind/shared/errors';

/** How to reach a platform, as `make up` writes it into .local/profile.json. */
export interface Profile {
  readonly url?: string;
  readonly login?: string;
  readonly password?: string;
  readonly mail_url?: string;
  readonly nats_url?: string;
  readonly mongo_url?: string;
  readonly kubernetes?: KubernetesState;
}

/** How far Kubernetes is, which follows the shop; `message` is what was said last of it. */
export type KubernetesState =
  | { readonly state: 'starting' | 'failed'; readonly message: string }
  | { readonly state: 'ready'; readonly kubectl: string };

const usualPlace = join('.local', 'profile.json');

/** The named profile, or the first .local/profile.json in this folder and those above it; empty when there is none. */
export async function readProfile(file: string | undefined, folder: string): Promise<Profile> {
  if (file !== undefined) {
    const text = await readIfThere(file);
    if (text === undefined) throw invalid('profile', `${file} does not exist`);
    return parseProfile(text, file);
  }
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, usualPlace);
    const text = await readIfThere(path);
    if (text !== undefined) return parseProfile(text, path);
    if (dirname(at) === at) return {};
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseProfile(text: string, path: string): Profile {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw invalid(
      'profile',
      `${path} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw invalid('profile', `${path} is not a JSON object`);
}
