import { type ChildProcess, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { endWithThisProcess } from '../processes/child.ts';
import type { Go } from './go.ts';

export interface GoRun {
  readonly args: readonly string[];
  /** Of the module. */
  readonly folder: string;
  /** Where Go keeps what it works at. */
  readonly workDir: string;
  /** Called every 20 s with how many packages have been compiled, and for how many seconds it has run. */
  readonly onProgress: (packages: number, seconds: number) => void;
  readonly signal?: AbortSignal | undefined;
}

const progressEveryMs = 20_000;

/** Runs Go at the lowest priority; its -v names each package as it is compiled. Rejects with the end of what it said. */
export async function runGo(go: Go, run: GoRun): Promise<void> {
  run.signal?.throwIfAborted();
  const child = spawn(go.command, run.args, {
    cwd: run.folder,
    env: {
      ...process.env,
      ...{ CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off', GOTMPDIR: run.workDir },
      ...go.environment,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    // A group of its own, so that it can be ended together with the compilers that it runs.
    detached: true,
  });
  const { pid } = child;
  const exited = exit(child);
  if (pid !== undefined) {
    setPriority(pid, constants.priority.PRIORITY_LOW);
    endWithThisProcess(`-${pid}`, exited);
  }
  const kill = () => {
    if (pid !== undefined) killGroup(pid);
  };
  run.signal?.addEventListener('abort', kill);
  let packages = 0;
  let said: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    packages += 1;
    said = [...said.slice(-9), line];
  });
  const began = performance.now();
  const timer = setInterval(() => {
    run.onProgress(packages, Math.round((performance.now() - began) / 1000));
  }, progressEveryMs);
  const how = await exited;
  clearInterval(timer);
  run.signal?.removeEventListener('abort', kill);
  if (how !== 'code 0') throw new Error([`go ended with ${how}`, ...said].join('\n'));
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It ended by itself in this moment.
  }
}

/** How the child ended, once all that it wrote has been read: `code 1`, `SIGKILL`, or why it could not be run. */
async function exit(child: ChildProcess): Promise<string> {
  return await new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(signal ?? `code ${code ?? 'unknown'}`);
    });
  });
}
