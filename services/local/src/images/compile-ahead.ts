import { execFile } from 'node:child_process';
import { chmod, glob, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { processNames } from '@tradewind/launcher/processes';

const run = promisify(execFile);

/** Whom the image runs as. Node.js keeps what it compiles by user; for another one it compiles at each start. */
const user = 65532;

/**
 * Compiles everything that the processes and the CLI load, in an image's root: they start with two thirds of the work, and
 * need 20 MB less. services/Dockerfile names the folder to Node.js; a processor of another kind does without it.
 */
export async function compileAhead(root: string): Promise<void> {
  const app = join(root, 'app');
  const cache = join(app, 'compiled');
  const env = {
    ...{ NODE_ENV: 'production', NODE_COMPILE_CACHE: cache, NODE_COMPILE_CACHE_PORTABLE: '1' },
    // No port: each ends when it has loaded everything.
    METRICS_PORT: 'none',
  };
  for (const name of [...processNames, '--help']) {
    await run(join(root, 'usr/local/bin/node'), [join(app, 'services/launcher/src/main.ts'), name], {
      env,
    }).catch(() => undefined);
  }
  const [own = ''] = await readdir(cache);
  await rename(join(cache, own), join(cache, own.replace(/-\d+$/, `-${user}`)));
  for await (const file of glob('*/*', { cwd: cache })) await chmod(join(cache, file), 0o644);
}
