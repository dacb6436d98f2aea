import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** After this long, nothing is left of what a process has started that is gone. */
export const orphanMs = 3000;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment; by default this process's own. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
}

export interface Child {
  /** Undefined when the command could not be run; `exited` then says why. */
  readonly pid: number | undefined;
  /** Resolves, and never rejects, with how the child ended: `code 1`, `SIGKILL`, or why it could not be run. */
  readonly exited: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a child that writes to `logFile` and does not outlive this process, however this process ends.
 * It has a process group of its own, so that Ctrl-C in a terminal reaches this process only.
 */
export function spawnChild(command: Command, logFile: string): Child {
  const log = openSync(logFile, 'a');
  const child = spawn(command.file, command.args, {
    env: command.env ?? process.env,
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const { pid } = child;
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      resolve(signal ?? `code ${code ?? 'unknown'}`);
    });
  });
  if (pid !== undefined) endWithThisProcess(String(pid), exited);
  return { pid, exited, kill: (signal) => child.kill(signal) };
}

/**
 * Ends a child of this process when this process ends: `target` is its id, or with a minus sign that of its group.
 *
 * Node.js has no parent-death signal. A shell waits for the end of a pipe that only this process holds open: the
 * kernel closes it when this process is gone, even after SIGKILL.
 */
export function endWithThisProcess(target: string, exited: Promise<unknown>): void {
  const script = 'read _; kill -s TERM -- "$1"; sleep 2; kill -s KILL -- "$1"';
  const watchdog = spawn('/bin/sh', ['-c', script, 'sh', target], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  void exited.then(() => watchdog.kill('SIGKILL'));
}
