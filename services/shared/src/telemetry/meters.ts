import { metrics, type Counter, type Gauge, type Histogram } from '@opentelemetry/api';

/** In seconds, from a cached read to a request that waits for a decision. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Made at first use: an instrument that is made before the SDK starts records nothing, for ever. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const meter = once(() => metrics.getMeter('tradewind'));

/** A histogram of durations in seconds, made at first use. */
export const duration = (name: string, description: string): (() => Histogram) =>
  once(() =>
    meter().createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: bounds } }),
  );

export const count = (name: string, description: string): (() => Counter) =>
  once(() => meter().createCounter(name, { description }));

export const gauge = (name: string, description: string): (() => Gauge) =>
  once(() => meter().createGauge(name, { description }));

/** Instruments that several processes share, under OpenTelemetry's semantic names where there is one. */
export const meters = {
  rpcServer: duration('rpc.server.call.duration', 'Calls answered, by method and outcome'),
  rpcClient: duration('rpc.client.call.duration', 'Calls made, by method and outcome'),
  httpServer: duration('http.server.request.duration', 'Requests answered, by route, method and status'),
  messages: duration('messaging.process.duration', 'Batches handled, by stream, consumer and outcome'),
  deadLetters: count('tradewind.dead_letters', 'Messages that a consumer gave up on'),
  orders: count('tradewind.orders', 'Orders by outcome'),
  owedEvents: count('tradewind.owed_events', 'Documents whose owed events the sweeper published again'),
};
