import { join } from 'node:path';
import { httpsReady } from '../../kubernetes/ready.ts';
import { keepRunning } from '../../processes/keep-running.ts';
import { Program } from '../../processes/program.ts';
import { apiServerUrl, loadNodeCredentials } from './credentials.ts';
import { placeIn } from './place.ts';
import { etcdPort, nodeCommands, type NodeProgram } from './programs.ts';

/** What a node's init is told, as JSON. */
export interface InitArguments {
  readonly dir: string;
  readonly paths: Readonly<Record<NodeProgram, string>>;
}

/** Started together, one group after the other, when those before are ready. */
const order: readonly (readonly NodeProgram[])[] = [
  ['etcd', 'containerd'],
  ['kube-apiserver'],
  ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'],
];

const { dir, paths } = JSON.parse(process.argv[2] ?? '') as InitArguments;
const place = placeIn(dir);
const credentials = await loadNodeCredentials(place);
const { authority, etcdAuthority, etcdClient, admin } = credentials;
const commands = nodeCommands(place, paths, credentials);
const ready: Partial<Record<NodeProgram, (signal: AbortSignal) => Promise<void>>> = {
  etcd: httpsReady(`https://127.0.0.1:${etcdPort}/readyz`, etcdAuthority, etcdClient),
  'kube-apiserver': httpsReady(`${apiServerUrl}/readyz`, authority, admin),
};
const report = (line: string) => {
  console.log(new Date().toISOString(), line);
};

async function start(name: NodeProgram): Promise<void> {
  const program = new Program({
    name,
    command: commands[name],
    logFile: join(place.log, `${name}.log`),
    ready: ready[name] ?? (() => Promise.resolve()),
  });
  keepRunning(program, report);
  await program.start().catch((error: unknown) => {
    report(String(error));
  });
}

for (const group of order) await Promise.all(group.map(start));
report('all of the node is started');
