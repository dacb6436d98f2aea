import type { ProductRestock, RestockStatus } from './product-restock.ts';
import type { EventRecord } from './runtime/event-correlator.ts';

/**
 * The events that tell how a resource came from its status to the next one. It needs no memory, so that a restart tells
 * nothing twice.
 */
export function storyOf(
  { metadata, spec, status: before }: ProductRestock,
  after: RestockStatus,
): EventRecord[] {
  const created = metadata.creationTimestamp ?? '';
  return [
    ...suspension(before, after),
    ...restocked(before, after, created, spec.reference),
    ...problem(before, after),
    ...end(before, after),
  ];
}

const normal = (reason: string, message: string): EventRecord => ({ type: 'Normal', reason, message });

function restocked(
  before: RestockStatus | undefined,
  after: RestockStatus,
  created: string,
  reference = '',
): EventRecord[] {
  const restocks = (after.restocks ?? 0) - (before?.restocks ?? 0);
  if (restocks <= 0) return [];
  const units = (after.unitsAdded ?? 0) - (before?.unitsAdded ?? 0);
  if (before === undefined && (after.lastRestockTime ?? created) < created) {
    const message = `${reference} has added ${units} units before, the last at ${after.lastRestockTime ?? ''}`;
    return [normal('RestockedBefore', message)];
  }
  const times = restocks === 1 ? '' : ` in ${restocks} restocks`;
  return [normal('Restocked', `Added ${units} units${times}, ${after.stockAfter ?? 0} on hand`)];
}

function suspension(before: RestockStatus | undefined, after: RestockStatus): EventRecord[] {
  const [was, is] = [before?.phase === 'Suspended', after.phase === 'Suspended'];
  if (was === is) return [];
  return [is ? normal('Suspended', messageOf(after)) : normal('Resumed', 'Restocks again')];
}

/** What somebody should know of: it stalled, or inventory stays away. */
function problem(before: RestockStatus | undefined, after: RestockStatus): EventRecord[] {
  const [was, is] = [problemOf(before), problemOf(after)];
  if (is === undefined || was?.reason === is.reason) return [];
  return [{ type: 'Warning', reason: is.reason, message: is.message }];
}

function problemOf(status: RestockStatus | undefined) {
  return status?.conditions.find(
    ({ type, reason }) => type === 'Stalled' || reason === 'InventoryUnavailable',
  );
}

/** An immediate restock is its own end. */
function end(before: RestockStatus | undefined, after: RestockStatus): EventRecord[] {
  if (after.phase !== 'Finished' || before?.phase === 'Finished') return [];
  if ((after.restocks ?? 0) > (before?.restocks ?? 0) && after.conditions[0]?.reason === 'Restocked')
    return [];
  return [normal('Finished', messageOf(after))];
}

const messageOf = ({ conditions }: RestockStatus): string => conditions[0]?.message ?? '';
