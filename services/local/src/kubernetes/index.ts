export {
  binaryFolder,
  type BinaryOptions,
  describeBinary,
  findBinaries,
  findBinary,
  versionIn,
} from './binaries.ts';
export { buildBinaries, builtPath } from './build.ts';
export { type BinaryName, versionOf } from './versions.ts';
export { findGo, type Go, type GoOptions } from './go.ts';
export { type GoRun, runGo } from './run-go.ts';
export { gatewayDefinitions } from './gateway-api.ts';
export { findHelm, type Helm } from './helm.ts';
export { findKubectl, installDefinitions, type Kubectl, kubectlAt, writeCommand } from './kubectl.ts';
export { createAuthority, type KeyPair } from './certificates.ts';
export {
  type Kubernetes,
  type KubernetesOptions,
  type KubernetesPorts,
  startKubernetes,
} from './kubernetes.ts';
