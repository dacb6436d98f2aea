#!/usr/bin/env node
import { readEnvironment } from './config.ts';
import { run } from './run.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // Once: a second Ctrl-C ends the process at once.
  process.once(signal, () => {
    stop.abort();
  });
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop.abort(); // as in `tradewind ... | head`: nobody reads on
});

process.exitCode = await run(process.argv.slice(2), {
  environment: readEnvironment(),
  signal: stop.signal,
  stdin: process.stdin,
  print: (line) => process.stdout.write(`${line}\n`),
  warn: (line) => process.stderr.write(`${line}\n`),
  exitCode: 0,
});
