import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findBinary } from './binaries.ts';

const run = promisify(execFile);

/** Gives what Helm printed, and what it and the API server warned of; rejects with what it said when it fails. */
export type Helm = (
  ...args: readonly string[]
) => Promise<{ readonly stdout: string; readonly stderr: string }>;

/** Helm on the cluster of a kubeconfig, see `findBinary`. */
export async function findHelm(kubeconfig: string): Promise<Helm> {
  const file = await findBinary('helm');
  const options = { env: { ...process.env, KUBECONFIG: kubeconfig }, maxBuffer: 64 * 1024 * 1024 };
  return async (...args) => await run(file, args, options);
}
