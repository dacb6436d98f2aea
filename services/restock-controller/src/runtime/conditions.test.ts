import { expect, test } from 'vitest';
import { type Condition, type NewCondition, withTransitions } from './conditions.ts';

const ready = (status: Condition['status'], reason = 'Why'): NewCondition => ({
  ...{ type: 'Ready', status, reason, message: '' },
});
const before: readonly Condition[] = [{ ...ready('True'), lastTransitionTime: '2026-01-01T00:00:00Z' }];
const now = new Date('2026-02-02T03:04:05.678Z');

test('a condition keeps its time while its status stays, whatever its reason', () => {
  const [condition] = withTransitions([ready('True', 'Another')], before, now);
  expect(condition).toMatchObject({ reason: 'Another', lastTransitionTime: '2026-01-01T00:00:00Z' });
});

test('a changed status and a new condition have the time of the change, in seconds', () => {
  const stalled = { ...ready('True'), type: 'Stalled' };
  for (const condition of withTransitions([ready('False'), stalled], before, now)) {
    expect(condition.lastTransitionTime).toBe('2026-02-02T03:04:05Z');
  }
});
