export { inParts } from './in-parts.ts';
export { owe, oweStage, owing, type OwedEvent, type OwedUntil, type Owing } from './owed-event.ts';
export {
  owedIndex,
  publishOwedEvents,
  type Debt,
  type OwedEvents,
  type OwedEventsOptions,
  type OwingDocument,
} from './owed-events.ts';
export { noticeStreamLoss, type StreamLossOptions } from './stream-loss.ts';
