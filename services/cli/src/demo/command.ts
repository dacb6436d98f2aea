import { Command } from 'commander';
import type { Context } from '../context.ts';
import { clientOf, connectionOf, withPlatformOptions, type PlatformOptions } from '../platform-options.ts';
import { runDemo } from './run-demo.ts';

const help = `
Plays: import of the sample catalogue, registration, log-in, search, order, falling stock, mail, cancellation, returning
stock and its mail. It needs an admin or merchant, whom the profile of \`make up\` names. It can be played again.

Examples:
  $ tradewind demo
  $ TRADEWIND_PASSWORD=... tradewind demo --url https://shop.example.com --login admin@example.com
`;

export function demoCommand(context: Context): Command {
  const command = new Command('demo')
    .summary('play the whole story of a shop on a running platform')
    .description(
      'Plays the whole story of a shop on a running platform, from the import to the cancelled order.',
    )
    .addHelpText('after', help);
  return withPlatformOptions(command).action(async (options: PlatformOptions) => {
    await playDemo(options, context);
  });
}

async function playDemo(options: PlatformOptions, context: Context): Promise<void> {
  const connection = await connectionOf(options, context);
  const { url, mailUrl } = connection;
  const { signal } = context;
  const admin = clientOf(connection, signal);
  const started = performance.now();
  context.print(`The story of a shop, on ${url}\n`);
  await runDemo({
    admin,
    signal,
    ...(mailUrl === undefined ? {} : { mailUrl }),
    observer: {
      done: ({ number, title, seen, ms }) => {
        context.print(`${String(number).padStart(2)}. ✓ ${title} (${ms.toFixed(0)} ms)\n      ${seen}`);
      },
    },
  });
  if (mailUrl === undefined)
    context.print('\nNo profile names the mail page of this platform: mails were not looked at.');
  else context.print(`\nThe mails: ${mailUrl}`);
  context.print(`All of it took ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}
