/** What every Kubernetes resource has, as far as the runtime needs it. */
export interface Resource {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ResourceMetadata;
}

export interface ResourceMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export interface ResourceList<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** `namespace/name`, or the name alone of what has no namespace. */
export function keyOf({ metadata: { namespace, name } }: Resource): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The resource with no more metadata than is known here: managed fields and annotations are often its greater part. */
export function lean<T extends Resource>(resource: T): T {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    resource.metadata;
  const metadata: Record<keyof ResourceMetadata, unknown> = {
    ...{ name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp },
  };
  return { ...resource, metadata };
}
