import type { ProductRestock, RestockStatus } from './product-restock.ts';
import type { EventRecord } from './runtime/event-correlator.ts';

/**
 * The events that tell how a resource came from its status to the next one. It needs no memory, so that a restart tells
 * nothing twice.
 *
 * @param countedBefore whether restocks were counted before this look, which a status that is new or was lost knows not of
 */
export function storyOf(
  resource: ProductRestock,
  after: RestockStatus,
  countedBefore: boolean,
): EventRecord[] {
  const { spec, status: before } = resource;
  return [
    ...suspension(before, after, spec.suspend),
    ...restocked(resource, after, countedBefore),
    ...problem(before, after),
    ...end(before, after),
  ];
}

const normal = (reason: string, message: string): EventRecord => ({ type: 'Normal', reason, message });

function restocked(
  { metadata, spec: { reference }, status: before }: ProductRestock,
  after: RestockStatus,
  countedBefore: boolean,
): EventRecord[] {
  const restocks = (after.restocks ?? 0) - (before?.restocks ?? 0);
  if (restocks <= 0) return [];
  const units = (after.unitsAdded ?? 0) - (before?.unitsAdded ?? 0);
  const { lastRestockTime: last = '', stockAfter = 0 } = after;
  const what = `${units} units${restocks === 1 ? '' : ` in ${restocks} restocks`}`;
  if (before?.restocks !== undefined || !countedBefore)
    return [normal('Restocked', `Added ${what}, ${stockAfter} on hand`)];
  if (reference === undefined || last >= (metadata.creationTimestamp ?? ''))
    return [normal('Restocked', `Has added ${what} so far, ${stockAfter} on hand after the last`)];
  return [normal('RestockedBefore', `${reference} has added ${units} units before, the last at ${last}`)];
}

function suspension(
  before: RestockStatus | undefined,
  after: RestockStatus,
  suspend: boolean,
): EventRecord[] {
  const [was, is] = [before?.phase === 'Suspended', after.phase === 'Suspended'];
  if (was === is || (was && suspend)) return [];
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
