export { type BinaryOptions, describeBinary, findBinaries, findBinary, versionIn } from './binaries.ts';
export { type BinaryName } from './versions.ts';
export { findGo, type Go, type GoOptions } from './go.ts';
export { type GoRun, runGo } from './run-go.ts';
export { findKubectl, installDefinitions, type Kubectl, kubectlAt, writeKubectl } from './kubectl.ts';
export { createAuthority, type KeyPair } from './certificates.ts';
export {
  type Kubernetes,
  type KubernetesOptions,
  type KubernetesPorts,
  startKubernetes,
} from './kubernetes.ts';
