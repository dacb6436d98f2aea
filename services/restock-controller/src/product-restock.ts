import type { Resource } from './runtime/resource.ts';

export const group = 'inventory.tradewind.dev';
export const version = 'v1alpha1';
export const plural = 'productrestocks';

/** Exactly one of the three; the API server checks that. */
export interface Trigger {
  readonly immediate?: Readonly<Record<string, never>>;
  readonly schedule?: { readonly cron: string; readonly timeZone: string };
  readonly threshold?: { readonly below: number };
}

/** As the API server gives it back, with its defaults; what each field means is said in the CRD. */
export interface RestockSpec {
  readonly sku: string;
  readonly trigger: Trigger;
  readonly quantity?: number;
  readonly upTo?: number;
  readonly reference?: string;
  readonly suspend: boolean;
  readonly limits?: { readonly maxRestocks?: number; readonly maxUnits?: number };
  readonly ttlSecondsAfterFinished?: number;
  readonly reason?: string;
}

export interface ProductRestock extends Resource {
  readonly spec: RestockSpec;
}
