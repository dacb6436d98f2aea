import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { NodeSDK } from '@opentelemetry/sdk-node';

export interface TelemetryOptions {
  readonly service: string;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Traces are exported only where somebody takes them. */
  readonly otlpEndpoint: string | undefined;
  readonly isReady: () => boolean;
}

export interface Telemetry extends AsyncDisposable {
  readonly port: number;
}

/** Metrics for Prometheus on /metrics, probes on /livez and /readyz, and traces to an OTLP endpoint if there is one. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
  const sdk = new NodeSDK({
    serviceName: options.service,
    metricReaders: [exporter],
    autoDetectResources: false,
    logRecordProcessors: [],
    ...(options.otlpEndpoint ? {} : { spanProcessors: [] }),
  });
  sdk.start();
  const server = createServer((request, response) => {
    if (request.url === '/metrics') exporter.getMetricsRequestHandler(request, response);
    else if (request.url === '/livez') answer(response, 200, 'live');
    else if (request.url === '/readyz' && options.isReady()) answer(response, 200, 'ready');
    else if (request.url === '/readyz') answer(response, 503, 'not ready');
    else answer(response, 404, 'try /metrics, /livez or /readyz');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await sdk.shutdown();
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}
