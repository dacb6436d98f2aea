import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TradewindError } from '@tradewind/shared/errors';
import { manifest, type ProductRestock, type RestockResource } from './restock-resource.ts';

const run = promisify(execFile);

/** Runs a kubectl and gives what it printed. Throws ILLEGAL_STATE with what it said when it fails. */
export type Kubectl = (...args: readonly string[]) => Promise<string>;

export function kubectlAt(path: string, signal: AbortSignal): Kubectl {
  return async (...args) => {
    try {
      return (await run(path, [...args, '--request-timeout=60s'], { signal })).stdout;
    } catch (error) {
      signal.throwIfAborted();
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
      throw new TradewindError('ILLEGAL_STATE', `kubectl ${args[0] ?? ''}: ${said}`, { cause: error });
    }
  };
}

export function resourceByKubectl(kubectl: Kubectl): RestockResource {
  return {
    apply: () => kubectl('apply', '-f', manifest),
    read: async () => JSON.parse(await kubectl('get', '-f', manifest, '--output=json')) as ProductRestock,
    show: () => kubectl('get', '-f', manifest),
  };
}
