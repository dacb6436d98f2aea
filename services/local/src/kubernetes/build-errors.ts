import { SetupError } from '../setup-error.ts';
import { type BuiltName, isInstallable } from './versions.ts';

interface Failure {
  readonly sign: RegExp;
  readonly line: (binary: BuiltName, folder: string) => string;
}

function instead(binary: BuiltName): string {
  return isInstallable(binary)
    ? 'or put it on PATH, or name a folder that has it in KUBEBUILDER_ASSETS.'
    : 'or install Docker and kind.';
}

const failures: readonly Failure[] = [
  {
    sign: /ENOSPC|no space left/i,
    line: (binary, folder) =>
      `No space is left to build ${binary}: free 15 GB for Go's caches and ${folder}, ${instead(binary)}`,
  },
  {
    sign: /EACCES|EROFS|ENOTDIR|permission denied|unable to open database|readonly database/i,
    line: (_binary, folder) => `${folder} cannot be written: set XDG_CACHE_HOME to a folder of yours.`,
  },
  {
    sign: /checksum mismatch|SECURITY ERROR/,
    line: (binary) =>
      `The source of ${binary} is not the expected one (a checksum in go.sum differs): see what Go's module proxy is here, ${instead(binary)}`,
  },
  {
    sign: /dial tcp|connection re|i\/o timeout|no such host|TLS handshake|disabled by GOPROXY/i,
    line: (binary) =>
      `The source of ${binary} could not be downloaded: see that Go reaches its module proxy, ${instead(binary)}`,
  },
];

/** Turns what Node.js or Go said into one line that says what to do. */
export function explainBuildError(error: unknown, binary: BuiltName, folder: string): SetupError {
  const text = error instanceof Error ? error.message : String(error);
  const failure = failures.find(({ sign }) => sign.test(text));
  const lastLine = text.trim().split('\n').at(-1) ?? '';
  const line = failure?.line(binary, folder) ?? `${binary} could not be built: ${lastLine}`;
  return new SetupError(line, { cause: error });
}
