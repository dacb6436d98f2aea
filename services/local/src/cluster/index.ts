export { type Cluster } from './cluster.ts';
export { buildNode } from './node/node.ts';
export { openCluster, startCluster, stopCluster } from './lifecycle.ts';
