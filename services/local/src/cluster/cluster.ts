import type { Kubectl } from '../kubernetes/index.ts';

/** A whole Kubernetes of this machine, with pods, an ingress and volumes. */
export interface Cluster {
  /** In Docker, or as a node made of this machine's own processes. */
  readonly kind: 'kind' | 'node';
  /** The file by which kubectl, Helm and controllers are the administrator. */
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** Where its ingress answers, like `http://10.250.0.2`. */
  readonly address: string;
  /** Makes images known to the cluster, which pulls none: the paths of docker archives. */
  readonly loadImages: (archives: readonly string[]) => Promise<void>;
  /** Ends the kubelet as a crash would. It is started again by what started it. */
  readonly killKubelet: () => Promise<void>;
}
