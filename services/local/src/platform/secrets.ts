import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const callers = [
  'gateway',
  'user',
  'inventory',
  'order',
  'notification',
  'restock-controller',
] as const;

export type Caller = (typeof callers)[number];

/** What this platform's processes know each other by, and its admin's password. */
export interface Secrets {
  readonly admin_password: string;
  readonly service_keys: Readonly<Record<Caller, string>>;
}

/** The secrets in `dir`, made at random the first time. The data in `dir` belongs to them. */
export async function loadSecrets(dir: string): Promise<Secrets> {
  const file = join(dir, 'secrets.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as Secrets;
  const secrets: Secrets = {
    admin_password: random(),
    service_keys: {
      gateway: random(),
      user: random(),
      inventory: random(),
      order: random(),
      notification: random(),
      'restock-controller': random(),
    },
  };
  await mkdir(dir, { recursive: true });
  await writeFile(file, JSON.stringify(secrets, undefined, 2), { mode: 0o600 });
  return secrets;
}

function random(): string {
  return randomBytes(10).toString('hex');
}
