import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../processes/wait-for.ts';
import { SetupError } from '../../setup-error.ts';
import type { Place } from './place.ts';
import { findInit, initScript } from './processes.ts';

const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

export interface Unshared {
  /** The node's PID 1 as this machine sees it. With it ends everything in the node. */
  readonly init: number;
  /** Lets init go on, once it has a network. */
  readonly release: () => void;
}

/**
 * Starts a command below an init in mount, network and process namespaces of its own. It outlives this process.
 *
 * @throws SetupError when this machine does not allow it
 */
export async function unshare(place: Place, command: readonly string[]): Promise<Unshared> {
  const logFile = join(place.log, 'init.log');
  const log = openSync(logFile, 'a', 0o600);
  const args = [...namespaces, '--propagation=private', '/bin/sh', initScript, place.dir, ...command];
  const parent = spawn('unshare', args, { cwd: '/', detached: true, stdio: ['pipe', log, log] });
  closeSync(log);
  const ended = new AbortController();
  const onEnd = () => {
    ended.abort(new SetupError(`The node's namespaces could not be made: ${logFile} says why.`));
  };
  parent.once('error', onEnd).once('exit', onEnd);
  let init: number | undefined;
  await waitFor(async () => {
    init = await findInit(place);
    return init !== undefined;
  }, ended.signal).catch(() => {
    ended.signal.throwIfAborted();
  });
  if (init === undefined) throw new Error('unreachable');
  parent.unref();
  return {
    init,
    release: () => {
      parent.stdin?.end('\n');
    },
  };
}
