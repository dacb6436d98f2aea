import { execFile } from 'node:child_process';
import { delimiter, dirname, join, resolve } from 'node:path';
import type { Shop } from './shop.ts';

const repository = resolve(import.meta.dirname, '../..');
const command = join(repository, 'node_modules/.bin/tradewind');

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `tradewind` as people do, with the profile of the shop and the Node.js of this test. */
export async function tradewind(
  shop: Pick<Shop, 'dir'>,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const path = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  return await new Promise((done) => {
    execFile(
      command,
      [...args, ...(args.includes('--help') ? [] : ['--profile', join(shop.dir, 'profile.json')])],
      { env: { PATH: path, ...environment }, cwd: shop.dir },
      (error, stdout, stderr) => {
        done({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
  });
}
