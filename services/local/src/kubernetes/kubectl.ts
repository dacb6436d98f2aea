import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';
import { findBinary } from './binaries.ts';

const run = promisify(execFile);
/** Long lists and metrics are larger than what Node takes from a child by default. */
const maxBuffer = 64 * 1024 * 1024;

/** Gives what kubectl printed, without white space around it; rejects with what it said when it fails. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

/**
 * kubectl on the cluster of a kubeconfig.
 *
 * @param file the executable
 * @param signal ends a call; it rejects with the reason then
 */
export function kubectlAt(file: string, kubeconfig: string, signal?: AbortSignal): Kubectl {
  return async (...args) => {
    try {
      const { stdout } = await run(file, ['--kubeconfig', kubeconfig, ...args], { signal, maxBuffer });
      return stdout.trim();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
}

/** The same with the kubectl that is there, see `findBinary`. */
export async function findKubectl(kubeconfig: string): Promise<Kubectl> {
  return kubectlAt(await findBinary('kubectl'), kubeconfig);
}

/** Writes a command that is kubectl, or Helm, on the cluster of a kubeconfig, whatever shell and folder it is called from. */
export async function writeCommand(file: string, binary: string, kubeconfig: string): Promise<void> {
  const script = `#!/bin/sh\nexport KUBECONFIG=${quoted(kubeconfig)}\nexec ${quoted(binary)} "$@"\n`;
  const staging = `${file}.new`;
  await writeFile(staging, script, { mode: 0o700 });
  await rename(staging, file);
}

/**
 * Applies manifests as they are, and waits until the API server has taken the definitions in them.
 *
 * @throws SetupError with what the cluster said; the reason of `signal`
 */
export async function installDefinitions(
  kubectl: Kubectl,
  manifests: string,
  signal?: AbortSignal,
): Promise<void> {
  const these = ['-f', manifests, '--request-timeout=60s'];
  try {
    await kubectl('apply', '--server-side', '--force-conflicts', '--field-manager=tradewind', ...these);
    await kubectl('wait', '--for=condition=Established', '--timeout=60s', ...these);
  } catch (error) {
    signal?.throwIfAborted();
    throw new SetupError(`The definitions in ${manifests} could not be installed: ${lastLine(error)}`, {
      cause: error,
    });
  }
}

function lastLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1) ?? '';
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
