import type { Config } from '../config.ts';
import type { Platform } from '../platform/platform.ts';
import { metricsPort, serviceNames } from '../platform/services.ts';

/** What `up` prints once all is ready: where everything is, and what to try. */
export function summary(
  { ports, dir }: Config,
  platform: Pick<Platform, 'url' | 'mailUrl' | 'admin'>,
): string {
  const metrics = serviceNames.map((name) => `${name} ${metricsPort(ports, name)}`);
  return `
Tradewind is ready.

  Shop (REST)     ${platform.url}
  API page        ${platform.url}/docs
  Mail page       ${platform.mailUrl}
  Metrics         http://127.0.0.1:<port>/metrics
                  ${metrics.slice(0, 3).join(', ')},
                  ${metrics.slice(3).join(', ')}
  Logs            ${dir}/logs, or: make logs

  Admin           ${platform.admin.login}
  Password        ${platform.admin.password}

Try:
  curl ${platform.url}/api/products
  make demo
  make import FILE=catalogue.csv
  npx tradewind --help
`;
}
