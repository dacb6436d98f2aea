import type { V1Container, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node';
import { all, type Manifest, type Plain } from './render.ts';

export interface RenderedPod {
  /** `Deployment shop-tradewind-order` */
  readonly of: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Plain<V1PodSpec>;
}

/** Every pod that the manifests bring about. */
export function podsOf(manifests: readonly Manifest[]): readonly RenderedPod[] {
  return [
    ...all(manifests, 'Deployment').map((one) =>
      rendered('Deployment', one.metadata?.name, one.spec?.template),
    ),
    ...all(manifests, 'StatefulSet').map((one) =>
      rendered('StatefulSet', one.metadata?.name, one.spec?.template),
    ),
    ...all(manifests, 'CronJob').map((one) =>
      rendered('CronJob', one.metadata?.name, one.spec.jobTemplate.spec?.template),
    ),
    ...all(manifests, 'Pod').map((one) => rendered('Pod', one.metadata?.name, one)),
  ];
}

/** Its containers, those among them that only begin. */
export function containersOf({ spec }: RenderedPod): readonly Plain<V1Container>[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

function rendered(
  kind: string,
  name: string | undefined,
  pod: Plain<V1PodTemplateSpec> | undefined,
): RenderedPod {
  if (!pod?.spec) throw new Error(`${kind} ${name ?? ''} has no pod`);
  const { labels = {}, annotations = {} } = pod.metadata ?? {};
  return { of: `${kind} ${name ?? ''}`, labels, annotations, spec: pod.spec };
}
