import { fileURLToPath } from 'node:url';

/** As much of the resource as is read here; `kubectl explain productrestock` tells all. */
export interface ProductRestock {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly sku: string;
    readonly upTo: number;
    readonly trigger: { readonly threshold: { readonly below: number } };
  };
  readonly status?: {
    readonly lastMovementId?: string;
    readonly stockAfter?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message: string;
    }[];
  };
}

/** The ProductRestock of the demo in a cluster, by whatever speaks to that. */
export interface RestockResource {
  readonly apply: () => Promise<unknown>;
  readonly read: () => Promise<ProductRestock>;
  /** What a person gets to see of it. */
  readonly show: () => Promise<string>;
}

export const manifest = fileURLToPath(new URL('../../samples/headphones-never-out.yaml', import.meta.url));

/** The condition that says whether the controller watches over it. */
export const readiness = ({ status }: ProductRestock) =>
  status?.conditions?.find(({ type }) => type === 'Ready');
