import {
  apiVersion,
  kind,
  plural,
  type ProductRestock,
  type RestockSpec,
} from '../../src/product-restock.ts';
import type { Api } from '../../src/runtime/api-client.ts';
import { isNotFound } from '../../src/runtime/api-error.ts';
import type { LeaseResource } from '../../src/runtime/lease.ts';
import type { ResourceList } from '../../src/runtime/resource.ts';
import { eventually } from './eventually.ts';

/** What somebody orders in a namespace, and sees of what a controller does there. */
export interface RestockScene {
  /** Orders one unit, once; `last` is about this order then. */
  readonly order: (more?: Partial<RestockSpec>) => Promise<void>;
  /** Suspends and resumes a restock, and waits until the controller has said each. */
  readonly pause: () => Promise<void>;
  readonly lastIsReady: () => Promise<boolean>;
  readonly lastIsGone: () => Promise<boolean>;
  /** The greatest count of an event about anything that was ordered here. */
  readonly mostTold: () => Promise<number>;
  readonly lease: () => Promise<LeaseResource['spec']>;
}

/** @param leasePath where the controller's Lease is */
export async function openScene(
  api: Api,
  namespace: string,
  sku: string,
  leasePath: string,
): Promise<RestockScene> {
  const collection = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
  const uids = new Set<string>();
  const create = async (spec: Partial<RestockSpec>): Promise<string> => {
    const name = `restock-${crypto.randomUUID()}`;
    const body = { apiVersion, kind, metadata: { name }, spec: { sku, quantity: 1, ...spec } };
    const created = await api.request<ProductRestock>({ method: 'POST', path: collection, body });
    uids.add(created.metadata.uid);
    return name;
  };
  const read = (name: string) => api.request<ProductRestock>({ path: `${collection}/${name}` });
  const standing = await create({ trigger: { threshold: { below: 1 } } });
  let last = standing;

  async function setSuspended(suspend: boolean): Promise<void> {
    const contentType = 'application/merge-patch+json';
    const body = { spec: { suspend } };
    await api.request({ method: 'PATCH', path: `${collection}/${standing}`, contentType, body });
    await eventually(async () => {
      const { status } = await read(standing);
      if (status?.phase !== (suspend ? 'Suspended' : 'Waiting')) throw new Error('not heard yet');
    });
  }

  return {
    order: async (more = {}) => {
      last = await create(more);
    },
    pause: async () => {
      await setSuspended(true);
      await setSuspended(false);
    },
    lastIsReady: async () => {
      const { status } = await read(last);
      return status?.conditions.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    },
    lastIsGone: () => read(last).then(() => false, isNotFound),
    mostTold: async () => {
      const { items } = await api.request<ResourceList<ProductRestock & Told>>({
        path: `/api/v1/namespaces/${namespace}/events`,
      });
      return Math.max(0, ...items.filter((one) => uids.has(one.involvedObject.uid)).map((one) => one.count));
    },
    lease: async () => (await api.request<LeaseResource>({ path: leasePath })).spec,
  };
}

interface Told {
  readonly involvedObject: { readonly uid: string };
  readonly count: number;
}
