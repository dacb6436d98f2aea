import type { Config } from '../config.ts';
import { deploy as deployTo, deployed } from '../deployment/index.ts';

/** Brings this clone into a cluster, and says how to use it. */
export async function deploy({ dir }: Config, print: (line: string) => void): Promise<void> {
  const { url, admin, commands } = await deployTo({ dir, print });
  const { namespace, name } = deployed;
  print(`
Tradewind runs in the cluster.

  shop      ${url}/docs
  admin     ${admin.login}  ${admin.password}
  kubectl   ${commands.kubectl} --namespace ${namespace} get pods,restocks
  story     ${commands.helm} test ${name} --namespace ${namespace} --logs
  remove    make undeploy; the cluster: make cluster-down`);
}
