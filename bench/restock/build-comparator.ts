import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findGo, runGo } from '@tradewind/local/kubernetes';
import { cacheFolder } from '@tradewind/local/servers';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const module = join(import.meta.dirname, 'comparator');
const generated = 'tradewind.dev/bench/restock/comparator/gen/tradewind/inventory/v1;inventory';

/** Tools of go.mod, so that go.sum fixes them too. */
const plugins = [
  'google.golang.org/protobuf/cmd/protoc-gen-go',
  'google.golang.org/grpc/cmd/protoc-gen-go-grpc',
];

export interface ComparatorOptions {
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Generates its gRPC client from the contracts and builds the comparator.
 *
 * @returns the path of the executable, in `dir`
 * @throws SetupError when there is no Go and none can be downloaded
 */
export async function buildComparator(dir: string, { report, signal }: ComparatorOptions): Promise<string> {
  report('building the comparator; that takes some minutes the first time');
  const workDir = join(dir, 'go');
  await mkdir(workDir);
  const folder = join(cacheFolder(), 'kubernetes');
  await using go = await findGo({ folder, cachesDir: join(workDir, 'caches'), report, signal });
  const build = async (output: string, ...packages: readonly string[]) => {
    await runGo(go, {
      args: ['build', '-v', '-mod=readonly', '-trimpath', '-buildvcs=false', '-o', output, ...packages],
      folder: module,
      workDir,
      onProgress: (count, seconds) => {
        report(`comparator: ${count} packages after ${seconds} s`);
      },
      signal,
    });
  };
  const tools = join(workDir, 'tools');
  await build(`${tools}/`, ...plugins);
  await run(
    join(root, 'node_modules/.bin/buf'),
    ['generate', '--template', JSON.stringify(template(tools)), '--path', 'proto/tradewind/inventory/v1'],
    { cwd: root, signal },
  );
  const comparator = join(dir, 'comparator');
  await build(comparator, '.');
  return comparator;
}

/** What buf generates, and where. */
function template(tools: string) {
  const out = join(module, 'gen');
  const opt = ['paths=source_relative', `Mtradewind/inventory/v1/inventory.proto=${generated}`];
  const names = plugins.map((plugin) => plugin.slice(plugin.lastIndexOf('/') + 1));
  return { version: 'v2', plugins: names.map((name) => ({ local: join(tools, name), out, opt })) };
}
