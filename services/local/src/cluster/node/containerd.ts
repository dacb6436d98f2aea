import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../../processes/wait-for.ts';

const run = promisify(execFile);
const startTimeoutMs = 60_000;

/** What containerd is asked to do for Kubernetes in the node whose PID 1 is `init`. */
export interface Containerd {
  readonly ready: () => Promise<void>;
  readonly hasImage: (name: string) => Promise<boolean>;
  /** Takes the images of docker archives. */
  readonly load: (archives: readonly string[]) => Promise<void>;
}

export function containerdOf(init: number): Containerd {
  // The socket is in a folder that only the node sees, and by its PID 1 everybody who may.
  const socket = `/proc/${init}/root/run/containerd/containerd.sock`;
  const ctr = async (...args: readonly string[]) =>
    (await run('ctr', ['--address', socket, '--namespace', 'k8s.io', ...args])).stdout;
  return {
    ready: async () => {
      const answers = async () => (await ctr('version')) !== '';
      await waitFor(answers, AbortSignal.timeout(startTimeoutMs));
    },
    hasImage: async (name) => (await ctr('images', 'list', '--quiet')).split('\n').includes(name),
    load: async (archives) => {
      for (const archive of archives) await ctr('images', 'import', archive);
    },
  };
}
