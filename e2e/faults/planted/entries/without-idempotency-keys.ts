import { readOrderConfig } from '@tradewind/order/config';
import { runService } from '@tradewind/shared/run';
import { withoutIdempotencyKeys } from '../order-mistakes.ts';

void runService({ name: 'order', readConfig: readOrderConfig, start: withoutIdempotencyKeys });
