import { chmod, copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DebianPackage, unpack } from './debian.ts';

export interface RootFolder {
  readonly packages: readonly DebianPackage[];
  /** The paths of the commands that stay. Nothing else can be run; there is no shell. */
  readonly commands: readonly string[];
  /** Executables of this machine that are added, by path. */
  readonly executables: Readonly<Record<string, string>>;
}

/** For people, package managers, service managers, and programs that read other character sets. */
const needless = [
  ...[
    'usr/share/{man,info,locale,lintian,bash-completion,bug}',
    'usr/lib/*/gconv',
    'lib/systemd',
    'usr/lib/systemd',
  ],
  ...['etc/{init.d,default,logrotate.d,redis}', 'usr/share/doc/*/!(copyright)'],
];

const users = [
  'root:x:0:0:root:/root',
  'nobody:x:65534:65534:nobody:/nonexistent',
  'nonroot:x:65532:65532:nonroot:/tmp',
];

/** Makes the root of an image: what packages hold, users, name services and certificates. */
export async function makeRootFolder(spec: RootFolder, downloads: string, root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await unpack(spec.packages, downloads, root);
  await removeMatches(root, needless);
  await removeMatches(root, ['{usr/,}{bin,sbin,games}/*'], spec.commands);
  for (const [path, file] of Object.entries(spec.executables)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(file, join(root, path));
    await chmod(join(root, path), 0o755);
  }
  const write = (path: string, text: string) => writeFile(join(root, path), text);
  await write('etc/passwd', users.map((user) => `${user}:/sbin/nologin\n`).join(''));
  await write('etc/group', users.map((user) => `${user.split(':', 3).join(':')}:\n`).join(''));
  await write('etc/nsswitch.conf', 'hosts: files dns\n');
  await writeCertificates(root);
  await mkdir(join(root, 'tmp'), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
}

/** The bundle that a script of ca-certificates would make. */
async function writeCertificates(root: string): Promise<void> {
  const files = await Array.fromAsync(glob('usr/share/ca-certificates/**/*.crt', { cwd: root }));
  const texts = await Promise.all(files.sort().map((file) => readFile(join(root, file), 'utf8')));
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true });
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), texts.join(''));
}

async function removeMatches(
  root: string,
  patterns: readonly string[],
  but: readonly string[] = [],
): Promise<void> {
  for await (const path of glob([...patterns], { cwd: root })) {
    if (!but.includes(path)) await rm(join(root, path), { recursive: true });
  }
}
