import type { Condition } from './runtime/conditions.ts';
import type { Resource } from './runtime/resource.ts';

export const apiVersion = 'inventory.tradewind.dev/v1alpha1';
export const kind = 'ProductRestock';
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

/** What came of it, for people and tools; what each field means is said in the CRD. Times are ISO 8601 in seconds. */
export interface RestockStatus {
  readonly observedGeneration?: number | undefined;
  readonly phase: 'Pending' | 'Waiting' | 'Suspended' | 'Finished' | 'Stalled';
  readonly trigger: string;
  readonly quantity: string;
  readonly restocks?: number | undefined;
  readonly unitsAdded?: number | undefined;
  readonly lastRestockTime?: string | undefined;
  readonly nextRestockTime?: string | undefined;
  readonly lastMovementId?: string | undefined;
  readonly stockAfter?: number | undefined;
  readonly finishedTime?: string | undefined;
  readonly conditions: readonly Condition[];
}

export interface ProductRestock extends Resource {
  readonly spec: RestockSpec;
  /** Absent before the first look. */
  readonly status?: RestockStatus;
}
