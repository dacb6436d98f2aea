import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { controllerEntry } from '@tradewind/local/platform';

/** Compiles all that the controller loads into a folder for NODE_COMPILE_CACHE, as it is done for its image. */
export async function compileController(folder: string, signal: AbortSignal): Promise<void> {
  // No port: it ends when it has loaded everything.
  const env = { NODE_COMPILE_CACHE: folder, METRICS_PORT: 'none' };
  await once(spawn(process.execPath, [controllerEntry], { env, stdio: 'ignore', signal }), 'exit');
}
