import { join, relative } from 'node:path';
import type { Config } from '../config.ts';
import type { Platform } from '../platform/platform.ts';
import type { Restocking } from '../platform/restocking.ts';
import { metricsPort, serviceNames } from '../platform/services.ts';

const samples = join(import.meta.dirname, '../../../../k8s/samples');

/** What `up` prints once the shop is ready: where everything is, and what to try. */
export function summary(
  { ports, dir }: Config,
  platform: Pick<Platform, 'url' | 'mailUrl' | 'admin'>,
  kubernetes: boolean,
): string {
  const metrics = serviceNames.map((name) => `${name} ${metricsPort(ports, name)}`);
  return `
Tradewind is ready.

  Shop (REST)     ${platform.url}
  API page        ${platform.url}/docs
  Mail page       ${platform.mailUrl}
  Metrics         http://127.0.0.1:<port>/metrics
                  ${metrics.slice(0, 3).join(', ')},
                  ${metrics.slice(3).join(', ')}
  Logs            ${dir}/logs, or: make logs
  Kubernetes      ${kubernetes ? 'follows, and says when it is ready' : 'left out'}

  Admin           ${platform.admin.login}
  Password        ${platform.admin.password}

Try:
  curl ${platform.url}/api/products
  make demo
  make import FILE=catalogue.csv
  npx tradewind --help
`;
}

/** What `up` prints once Kubernetes is ready too. */
export function restockingSummary(
  { ports }: Config,
  { kubeconfig, kubectl, kubernetes }: Restocking,
): string {
  const command = fromHere(kubectl);
  return `
Kubernetes is ready${kubernetes === undefined ? '' : ` (${kubernetes.url})`}, and the restock controller runs.

  Kubeconfig      ${fromHere(kubeconfig)}
  Metrics         restock-controller ${ports['restock-controller-metrics']}

Try:
  make demo ARGS=--restock
  ${command} apply -f ${fromHere(samples)}/threshold.yaml
  ${command} get restock
`;
}

/** A path as it is typed in this folder. */
function fromHere(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}
