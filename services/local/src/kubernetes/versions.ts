/** What is built where it is not installed. The go.mod files in `modules` name the same. */
export const kubernetesVersion = '1.34.4';
export const etcdVersion = '3.6.16';
export const helmVersion = '4.3.1';

export type BinaryName = 'etcd' | 'kube-apiserver' | 'kubectl' | 'helm';

interface Source {
  /** The folder below `modules` whose go.mod and go.sum fix every dependency. */
  readonly module: 'etcd' | 'kubernetes' | 'helm';
  readonly package: string;
}

export const sources: Readonly<Record<BinaryName, Source>> = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  helm: { module: 'helm', package: 'helm.sh/helm/v4/cmd/helm' },
};

/** The version of a binary that is built here. */
export function versionOf(binary: BinaryName): string {
  return { etcd: etcdVersion, kubernetes: kubernetesVersion, helm: helmVersion }[sources[binary].module];
}

/** A binary that is built from a module does not know its version unless the linker writes it in. */
export function linkerFlags(binary: BinaryName): string {
  if (binary === 'etcd') return '-s -w';
  if (binary === 'helm') return `-s -w -X helm.sh/helm/v4/internal/version.version=v${helmVersion}`;
  const [major = '', minor = ''] = kubernetesVersion.split('.');
  const facts = {
    gitVersion: `v${kubernetesVersion}`,
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
