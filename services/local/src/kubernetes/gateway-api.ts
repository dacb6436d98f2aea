import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Go } from './go.ts';

const run = promisify(execFile);

/** Its go.mod and go.sum fix the version. */
const module = join(import.meta.dirname, 'modules/traefik');

/** The folder with the definitions of the Gateway API, one file each, as its project publishes them. */
export async function gatewayDefinitions(go: Go): Promise<string> {
  const { stdout } = await run(go.command, ['mod', 'download', '-json', 'sigs.k8s.io/gateway-api'], {
    cwd: module,
    env: { ...process.env, GOFLAGS: '', GOTOOLCHAIN: 'local', GOWORK: 'off', ...go.environment },
  });
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string };
  return join(Dir, 'config/crd/standard');
}
