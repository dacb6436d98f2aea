import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '@tradewind/local/cluster';
import { findBinary } from '@tradewind/local/kubernetes';
import { Program } from '@tradewind/local/platform';
import { freePort } from '@tradewind/local/servers';

export interface Forward extends AsyncDisposable {
  /** On the loopback interface. */
  readonly port: number;
}

/** A port of a pod of a service on this machine, also after the pod was replaced. */
export async function forward(
  { kubeconfig }: Cluster,
  namespace: string,
  target: string,
  targetPort: number,
): Promise<Forward> {
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-forward-'));
  const port = await freePort();
  const where = ['--kubeconfig', kubeconfig, '--namespace', namespace];
  const program = new Program({
    name: `forward-${port}`,
    logFile: join(dir, 'log'),
    command: {
      file: await findBinary('kubectl'),
      args: ['port-forward', ...where, target, `${port}:${targetPort}`],
      // For its cache.
      env: { HOME: dir },
    },
    ready: (signal) => answers(port, signal),
  });
  let ended = false;
  // It ends with its pod; until there is another one, it ends at once.
  program.onCrash(() => void again());
  async function again(): Promise<void> {
    await delay(200);
    // A failed start has ended too, and so comes back here.
    if (!ended) await program.start().catch(() => undefined);
  }
  await program.start();
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      ended = true;
      await program.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function answers(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (isOpen) return;
    await delay(50);
  }
}
