/**
 * What is built, by the folder below `modules` whose go.mod names the same. The version of a program of our own goes up
 * with each change of it.
 */
const versions = {
  etcd: '3.6.16',
  kubernetes: '1.34.4',
  helm: '4.3.1',
  coredns: '1.15.0',
  traefik: '3.7.13',
  'local-path-provisioner': '0.0.30',
  pause: '1',
} as const;

/** What may be installed as well. */
const installable = ['etcd', 'kube-apiserver', 'kubectl', 'helm'] as const;
export type BinaryName = (typeof installable)[number];
/** What only a node needs, which takes it in exactly these versions. */
export type NodeBinaryName =
  | 'kubelet'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kube-proxy'
  | 'coredns'
  | 'traefik'
  | 'local-path-provisioner'
  | 'pause';
export type BuiltName = BinaryName | NodeBinaryName;

export function isInstallable(binary: BuiltName): binary is BinaryName {
  return installable.some((name) => name === binary);
}

interface Source {
  /** The folder below `modules` whose go.mod and go.sum fix every dependency. */
  readonly module: keyof typeof versions;
  readonly package: string;
}

export const sources: Readonly<Record<BuiltName, Source>> = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  kubelet: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubelet' },
  'kube-controller-manager': {
    module: 'kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  'kube-proxy': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-proxy' },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
  coredns: { module: 'coredns', package: '.' },
  traefik: { module: 'traefik', package: 'github.com/traefik/traefik/v3/cmd/traefik' },
  'local-path-provisioner': {
    module: 'local-path-provisioner',
    package: 'github.com/rancher/local-path-provisioner',
  },
  pause: { module: 'pause', package: '.' },
};

/** The version of a binary that is built here. */
export function versionOf(binary: BuiltName): string {
  return versions[sources[binary].module];
}

/** A binary that is built from a module does not know its version unless the linker writes it in. */
export function linkerFlags(binary: BuiltName): string {
  const variables: Partial<Record<keyof typeof versions, string>> = {
    helm: 'helm.sh/helm/v4/internal/version.version',
    traefik: 'github.com/traefik/traefik/v3/pkg/version.Version',
  };
  const { module } = sources[binary];
  const variable = variables[module];
  if (variable !== undefined) return `-s -w -X ${variable}=v${versions[module]}`;
  if (module !== 'kubernetes') return '-s -w';
  const [major = '', minor = ''] = versions.kubernetes.split('.');
  const facts = {
    gitVersion: `v${versions.kubernetes}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'archive',
    gitCommit: 'unknown',
    buildDate: '1970-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  const flags = packages.flatMap((name) =>
    Object.entries(facts).map(([variable, value]) => `-X ${name}.${variable}=${value}`),
  );
  return ['-s -w', ...flags].join(' ');
}
