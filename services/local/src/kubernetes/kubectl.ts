import { execFile } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';

const run = promisify(execFile);

/** Writes a command that is kubectl on the cluster of a kubeconfig, whatever shell and folder it is called from. */
export async function writeKubectl(file: string, binary: string, kubeconfig: string): Promise<void> {
  const script = `#!/bin/sh\nexport KUBECONFIG=${quoted(kubeconfig)}\nexec ${quoted(binary)} "$@"\n`;
  const staging = `${file}.new`;
  await writeFile(staging, script, { mode: 0o700 });
  await rename(staging, file);
}

/**
 * Applies manifests as they are, and waits until the API server serves the definitions in them.
 *
 * @throws SetupError with what the cluster said
 */
export async function installDefinitions(
  kubectl: string,
  manifests: string,
  signal?: AbortSignal,
): Promise<void> {
  const ask = async (...args: readonly string[]) => {
    await run(kubectl, [...args, '-f', manifests, '--request-timeout=60s'], { signal });
  };
  try {
    await ask('apply', '--server-side', '--force-conflicts', '--field-manager=tradewind');
    await ask('wait', '--for=condition=Established', '--timeout=60s');
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
