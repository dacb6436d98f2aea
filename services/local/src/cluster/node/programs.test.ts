import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { keyPairFiles } from '../../kubernetes/credentials.ts';
import { nodeImage } from './image.ts';
import { configDir, nodeAddress, placeIn } from './place.ts';
import { nodeCommands, nodePrograms } from './programs.ts';

const place = placeIn('/clone/cluster');
const pki = join(place.own, 'pki');
const credentials = {
  authority: join(pki, 'ca.crt'),
  server: keyPairFiles(pki, 'kube-apiserver'),
  admin: keyPairFiles(pki, 'admin'),
  etcd: keyPairFiles(pki, 'etcd'),
  etcdClient: keyPairFiles(pki, 'etcd-client'),
  etcdAuthority: join(pki, 'etcd-ca.crt'),
  serviceAccountKey: join(pki, 'service-accounts.key'),
};
const paths = Object.fromEntries(['containerd', ...nodePrograms].map((name) => [name, `/bin/${name}`]));
const commands = nodeCommands(place, paths as Parameters<typeof nodeCommands>[1], credentials);

interface KubeletConfiguration {
  readonly clusterDNS: readonly string[];
  readonly tlsCertFile: string;
}

interface KubernetesObject {
  readonly kind: string;
  readonly spec?: { readonly clusterIP?: string };
}

const config = async (name: string) => await readFile(join(configDir, name), 'utf8');
test('etcd knows only clients with a certificate, and nobody gets at it from outside the node', () => {
  const { args } = commands.etcd;
  expect(args).toContain('--client-cert-auth');
  expect(args.filter((arg) => arg.startsWith('--listen'))).toEqual([
    '--listen-client-urls=https://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:0',
  ]);
});

test('the API server admits what a node and service accounts may, and is announced by the node’s address', () => {
  const { args } = commands['kube-apiserver'];
  expect(args).toContain('--authorization-mode=Node,RBAC');
  expect(args).toContain(`--advertise-address=${nodeAddress}`);
  expect(args.join(' ')).not.toContain('--disable-admission-plugins');
});

test('the files that the programs are told of have one name in the node and outside', async () => {
  const kubelet = parse(await config('kubelet.yaml')) as KubeletConfiguration;
  expect(kubelet.tlsCertFile).toBe(join(place.own, 'pki/kubelet.crt').replace(place.lib, '/var/lib'));
  expect(await config('kube-proxy.yaml')).toContain('/var/lib/node/kube-proxy.kubeconfig');
  expect(commands['kube-scheduler'].args).toContain(`--kubeconfig=${place.own}/kube-scheduler.kubeconfig`);
});

test('pods ask the name server that is installed', async () => {
  const { clusterDNS } = parse(await config('kubelet.yaml')) as KubeletConfiguration;
  const objects = parseAllDocuments(await config('dns.yaml')).map((one) => one.toJS() as KubernetesObject);
  const service = objects.find(({ kind }) => kind === 'Service');
  expect(service?.spec?.clusterIP).toBe(clusterDNS[0]);
});

test('everything that runs on the node comes from the image that is built for it', async () => {
  const files = ['dns.yaml', 'storage.yaml', 'ingress/traefik.yaml', 'containerd.toml'];
  for (const file of files) {
    const images = [...(await config(file)).matchAll(/image\s*[:=]\s*"?([\w./:-]+)/g)].map(
      ([, image]) => image,
    );
    expect(new Set(images)).toEqual(new Set([nodeImage]));
  }
});
