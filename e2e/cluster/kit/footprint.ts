import type { Kubectl } from '@tradewind/local/kubernetes';

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly memory?: { readonly workingSetBytes?: number };
    readonly cpu?: { readonly usageNanoCores?: number };
  }[];
}

/** What a pod takes, as the kubelet measures it. */
export interface Footprint {
  readonly pod: string;
  readonly mib: number;
  /** Thousandths of a core. */
  readonly millicores: number;
}

/** What the pods of a namespace take on the only node. Those that are not measured yet are left out. */
export async function footprintOf(kubectl: Kubectl, namespace: string): Promise<readonly Footprint[]> {
  const node = await kubectl('get', 'nodes', '--output=jsonpath={.items[0].metadata.name}');
  const text = await kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`);
  const { pods } = JSON.parse(text) as Summary;
  return pods
    .filter(({ podRef }) => podRef.namespace === namespace)
    .flatMap(({ podRef: { name: pod }, memory, cpu }) =>
      memory?.workingSetBytes === undefined || cpu?.usageNanoCores === undefined
        ? []
        : [{ pod, mib: memory.workingSetBytes / 2 ** 20, millicores: cpu.usageNanoCores / 1e6 }],
    )
    .toSorted((a, b) => a.pod.localeCompare(b.pod));
}
