import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../setup-error.ts';

const run = promisify(execFile);

/** A package in the version that apt would install. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** The SHA-256 of its file, which apt has checked. */
  readonly sha256: string;
  /** The name of its file. */
  readonly file: string;
}

/** What apt says of one package, by field. */
type Stanza = Readonly<Record<string, string>>;

/**
 * The packages, and all libraries that they need, in the versions of this machine's distribution. What else they depend
 * on serves their maintainer scripts, which are not run.
 *
 * @throws SetupError when apt does not know one, or is not there
 */
export async function withLibraries(names: readonly string[]): Promise<readonly DebianPackage[]> {
  const found = new Map<string, DebianPackage>();
  let wanted = [...names];
  while (wanted.length > 0) {
    await describe(wanted.filter((name) => !described.has(name)));
    const stanzas = wanted.map((name) => described.get(name)).filter((stanza) => stanza !== undefined);
    for (const stanza of stanzas) found.set(stanza['Package'] ?? '', packageOf(stanza));
    wanted = [...new Set(stanzas.flatMap(librariesOf))].filter((name) => !found.has(name));
  }
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name, 'en'));
}

/** Downloads packages into a folder, unless they are there, and unpacks them; none of their scripts runs. */
export async function unpack(
  packages: readonly DebianPackage[],
  downloads: string,
  root: string,
): Promise<void> {
  await mkdir(downloads, { recursive: true });
  const exact = packages.map(({ name, version }) => `${name}=${version}`);
  await apt('apt-get', ['download', '--quiet', ...exact], downloads);
  for (const { file } of packages) await run('dpkg-deb', ['--extract', join(downloads, file), root]);
}

/** What apt has said so far. It takes long to begin, and images have most packages in common. */
const described = new Map<string, Stanza>();

async function describe(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const text = await apt('apt-cache', ['show', '--no-all-versions', ...names]);
  for (const paragraph of text.trim().split('\n\n')) {
    const fields = [...paragraph.matchAll(/^(\S+): (.*)$/gm)];
    const stanza = Object.fromEntries(fields.map(([, field = '', value = '']) => [field, value]));
    described.set(stanza['Package'] ?? '', stanza);
  }
}

function packageOf(stanza: Stanza): DebianPackage {
  const field = (name: string) => stanza[name] ?? '';
  const [name, version, architecture] = [field('Package'), field('Version'), field('Architecture')];
  // As apt-get download names it: a colon of the version is escaped.
  const file = `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
  return { name, version, sha256: field('SHA256'), file };
}

/** The first of each alternative: `libssl3 (>= 3.0.0) | libssl1.1`. */
function librariesOf(stanza: Stanza): readonly string[] {
  const needs = [stanza['Pre-Depends'], stanza['Depends']].filter((text) => text !== undefined).join(', ');
  return needs.split(',').flatMap((need) => /^\s*(z?lib[a-z0-9.+-]+)/.exec(need)?.[1] ?? []);
}

async function apt(command: string, args: readonly string[], cwd?: string): Promise<string> {
  try {
    const { stdout } = await run(command, args, {
      cwd,
      maxBuffer: 16 * 1024 * 1024,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (text.includes('ENOENT'))
      throw new SetupError(
        'Images without Docker are made of Debian packages, and there is no apt here: start Docker.',
        { cause: error },
      );
    const line = text.split('\n').find((one) => one.startsWith('E: ')) ?? text;
    throw new SetupError(
      `apt could not get what images are made of (${line.trim()}): run apt-get update, or start Docker.`,
      { cause: error },
    );
  }
}
