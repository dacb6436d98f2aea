export { type BinaryOptions, describeBinary, findBinaries, findBinary, versionIn } from './binaries.ts';
export { type BinaryName } from './versions.ts';
export { createAuthority, type KeyPair } from './certificates.ts';
export {
  type Kubernetes,
  type KubernetesOptions,
  type KubernetesPorts,
  startKubernetes,
} from './kubernetes.ts';
