import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { SetupError } from '../../setup-error.ts';

/** What a node takes from the machine, and the Debian package that has it. */
const files: readonly (readonly [file: string, debian: string])[] = [
  ['containerd', 'containerd'],
  ['runc', 'runc'],
  ['/usr/lib/cni/bridge', 'containernetworking-plugins'],
  ['iptables', 'iptables'],
  ['ip', 'iproute2'],
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['mount', 'mount'],
  ['buildah', 'buildah'],
  // One with libraries of its own would not run in an image.
  ['/var/lib/dpkg/info/busybox-static.list', 'busybox-static'],
];

export interface Machine {
  readonly platform: string;
  readonly root: boolean;
  readonly has: (file: string) => Promise<boolean>;
}

/** @throws SetupError with everything that is missing for a node, and how to get it */
export async function checkPrerequisites(machine: Machine = thisMachine()): Promise<void> {
  const install = 'Or install Docker and kind, which need none of it.';
  if (machine.platform !== 'linux') {
    throw new SetupError('A cluster needs Docker and kind here: install both, and start Docker.');
  }
  const missing = new Set<string>();
  for (const [file, debian] of files) if (!(await machine.has(file))) missing.add(debian);
  const complaints = [
    ...(missing.size > 0
      ? [`Packages are missing: apt-get install -y --no-install-recommends ${[...missing].join(' ')}`]
      : []),
    ...(machine.root
      ? []
      : ['It has to be made by root: namespaces, mounts and control groups are its own.']),
  ];
  if (complaints.length === 0) return;
  throw new SetupError(['A cluster cannot be made without Docker here.', ...complaints, install].join('\n'));
}

function thisMachine(): Machine {
  return { platform: process.platform, root: process.getuid?.() === 0, has };
}

async function has(file: string): Promise<boolean> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = file.startsWith('/') ? [file] : folders.map((folder) => join(folder, file));
  const found = await Promise.all(
    places.map((place) =>
      access(place).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
