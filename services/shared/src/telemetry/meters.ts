import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('tradewind');

/** Bounds in seconds, from a cached read to a request that waits for a decision. */
const seconds = { unit: 's', advice: { explicitBucketBoundaries: bounds() } };

function bounds(): number[] {
  return [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
}

/** Instruments that several processes share, under OpenTelemetry's semantic names where there is one. */
export const meters = {
  rpcServer: meter.createHistogram('rpc.server.call.duration', seconds),
  rpcClient: meter.createHistogram('rpc.client.call.duration', seconds),
  httpServer: meter.createHistogram('http.server.request.duration', seconds),
  messages: meter.createHistogram('messaging.process.duration', {
    ...seconds,
    description: 'Handling of one batch, by stream, consumer and outcome',
  }),
  deadLetters: meter.createCounter('tradewind.dead_letters', {
    description: 'Messages that a consumer gave up on',
  }),
  orders: meter.createCounter('tradewind.orders', { description: 'Orders by outcome' }),
  owedEvents: meter.createCounter('tradewind.owed_events', {
    description: 'Events that the sweeper published again',
  }),
};
