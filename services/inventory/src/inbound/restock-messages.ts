import {
  RestockOutcome,
  RestockTrigger as TriggerMessage,
  type AdjustStockRequest,
  type AdjustStockResponse,
  type RestockCounter as CounterMessage,
  type RestockIntent as IntentMessage,
} from '@tradewind/proto/inventory/v1/inventory';
import { invalid } from '@tradewind/shared/errors';
import type { RestockCounter, RestockDecision, RestockTrigger } from '../domain/restock.ts';
import type { RestockAnswer, RestockCommand } from '../usecases/restock.ts';
import { changeOf } from './stock-change.ts';

/** @throws TradewindError INVALID_ARGUMENT naming the field */
export function intentOf(
  request: AdjustStockRequest,
  { trigger, ...intent }: IntentMessage,
): Omit<RestockCommand, 'caller' | 'reason'> {
  if (request.idempotencyKey !== '') {
    throw invalid('idempotency_key', 'must be empty with an intent, which is its own key');
  }
  const { source, onlyIfBelow, maxRestocks, maxUnits } = intent;
  return {
    ...{ source, productId: request.productId, change: changeOf(request), trigger: triggerOf(trigger) },
    ...{ onlyIfBelow, maxRestocks, maxUnits },
  };
}

function triggerOf(trigger: IntentMessage['trigger']): RestockTrigger {
  switch (trigger?.$case) {
    case 'once':
      return { kind: 'once' };
    case 'instant':
      return { kind: 'instant', instant: trigger.value };
    case 'number':
      return { kind: 'number', number: trigger.value };
    case undefined:
      throw invalid('intent.trigger', 'must be one of once, instant and number');
  }
}

const outcomes: Readonly<Record<RestockDecision['outcome'], RestockOutcome>> = {
  ANSWERED: RestockOutcome.ANSWERED,
  ANSWERED_BEFORE: RestockOutcome.ANSWERED_BEFORE,
  NOT_BELOW: RestockOutcome.NOT_BELOW,
  LIMIT_REACHED: RestockOutcome.LIMIT_REACHED,
};

export const answerMessage = (
  caller: string,
  { outcome, counter, ...answer }: RestockAnswer,
): AdjustStockResponse => ({
  ...answer,
  outcome: outcomes[outcome],
  counter: counter && counterMessage(caller, counter),
});

const triggers: Readonly<Record<RestockTrigger['kind'], TriggerMessage>> = {
  once: TriggerMessage.ONCE,
  instant: TriggerMessage.INSTANT,
  number: TriggerMessage.NUMBER,
};

/** The counter, with its source as the caller names it. */
export function counterMessage(
  caller: string,
  { source, change: { kind, units }, trigger, ...counter }: RestockCounter,
): CounterMessage {
  return {
    lastInstant: undefined,
    lastMovement: undefined,
    ...counter,
    source: source.slice(`${caller}/`.length),
    change: { $case: kind === 'delta' ? 'delta' : 'upTo', value: units },
    trigger: triggers[trigger],
  };
}
