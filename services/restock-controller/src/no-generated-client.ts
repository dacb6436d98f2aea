/** What the kubeconfig of the Kubernetes library takes from its generated clients; see client-node.ts. */
export function createConfiguration(): never {
  throw new Error('this KubeConfig makes no clients');
}

export const ServerConfiguration = createConfiguration;
