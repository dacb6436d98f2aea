/** A condition as Kubernetes has them. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  /** When `status` changed last; ISO 8601, in seconds. */
  readonly lastTransitionTime: string;
}

export type NewCondition = Omit<Condition, 'lastTransitionTime'>;

/** The conditions as they are now, each with the time since when it has its status. */
export function withTransitions(
  conditions: readonly NewCondition[],
  before: readonly Condition[],
  now: Date,
): readonly Condition[] {
  return conditions.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const since = old?.status === condition.status ? old.lastTransitionTime : inSeconds(now);
    return { ...condition, lastTransitionTime: since };
  });
}

/** An instant as Kubernetes' Time has it, which knows no fractions. */
export function inSeconds(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z');
}
