import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpReady } from '../processes/http-ready.ts';
import { Program } from '../processes/program.ts';
import type { Ports } from './ports.ts';

/** MailDev: takes every mail by SMTP, sends none on, and shows them on a page and at `GET /api/email`. */
export function mailProgram(ports: Ports, dataDir: string, logFile: string): Program {
  const entry = fileURLToPath(new URL('bin/maildev.js', import.meta.resolve('maildev')));
  return new Program({
    name: 'mail',
    logFile,
    command: {
      file: process.execPath,
      args: [
        ...[entry, '--ip', '127.0.0.1', '--smtp', String(ports.smtp)],
        ...['--web-ip', '127.0.0.1', '--web', String(ports['mail-page'])],
        ...['--mail-directory', join(dataDir, 'mail'), '--max-emails', '1000'],
      ],
    },
    ready: httpReady(`http://127.0.0.1:${ports['mail-page']}/api/healthz`),
  });
}
