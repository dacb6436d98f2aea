import type { AdjustStockRequest } from '@tradewind/proto/inventory/v1/inventory';
import { invalid } from '@tradewind/shared/errors';
import type { Change } from '../usecases/change-stock.ts';

/** @throws TradewindError INVALID_ARGUMENT without a change */
export function changeOf({ change }: AdjustStockRequest): Change {
  switch (change?.$case) {
    case 'delta':
      return { kind: 'delta', units: change.value };
    case 'setTo':
      return { kind: 'set to', units: change.value };
    case 'upTo':
      return { kind: 'up to', units: change.value };
    case undefined:
      throw invalid('change', 'must be one of delta, set_to and up_to');
  }
}
