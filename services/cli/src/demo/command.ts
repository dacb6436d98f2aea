import { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import type { Context } from '../context.ts';
import { clientOf, connectionOf, withPlatformOptions, type PlatformOptions } from '../platform-options.ts';
import { kubectlAt, resourceByKubectl } from './kubectl.ts';
import { kubernetesState, readyKubernetes, whyNot } from './kubernetes-state.ts';
import { runDemo } from './run-demo.ts';
import type { RestockResource } from './restock-resource.ts';
import { runRestockDemo } from './run-restock-demo.ts';
import { resourceByServiceAccount } from './service-account.ts';
import type { StepObserver } from './steps.ts';

const help = `
Plays: import of the sample catalogue, registration, log-in, search, order, falling stock, mail, cancellation, returning
stock and its mail. It needs an admin or merchant, whom the profile of \`make up\` names. It can be played again.
Where Kubernetes is ready too, an order then drains a product, and the restock controller fills the shelf. In a pod it uses the
rights of its service account.

Examples:
  $ tradewind demo
  $ TRADEWIND_PASSWORD=... tradewind demo --url https://shop.example.com --login admin@example.com
`;

interface DemoCommandOptions extends PlatformOptions {
  readonly restock?: true;
  readonly namespace?: string;
}

export function demoCommand(context: Context): Command {
  const command = new Command('demo')
    .summary('play the whole story of a shop on a running platform')
    .description(
      'Plays the whole story of a shop on a running platform, from the import to the cancelled order.',
    )
    .addHelpText('after', help);
  command
    .option('--restock', 'wait until Kubernetes is ready, to show the restock; fail without it')
    .option('--namespace <name>', "where a pod applies the ProductRestock (else the pod's own)");
  return withPlatformOptions(command).action(async (options: DemoCommandOptions) => {
    await playDemo(options, context);
  });
}

async function playDemo(options: DemoCommandOptions, context: Context): Promise<void> {
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
    observer: observer(context),
  });
  await playRestock({ ...options, url }, admin, context);
  if (mailUrl === undefined)
    context.print('\nNo profile names the mail page of this platform: mails were not looked at.');
  else context.print(`\nThe mails: ${mailUrl}`);
  context.print(`All of it took ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

async function playRestock(
  options: DemoCommandOptions & { readonly url: string },
  visitor: ApiClient,
  context: Context,
): Promise<void> {
  const { signal } = context;
  const print = (line: string) => {
    context.print(line);
  };
  const play = async (resource: RestockResource) => {
    print('The shelf that fills itself, on Kubernetes\n');
    await runRestockDemo({ visitor, resource, signal, observer: observer(context) });
  };
  print('');
  const state = await kubernetesState(options);
  if (options.restock === true && context.environment.inPod) {
    await play(await resourceByServiceAccount(options.namespace));
  } else if (options.restock === true || state?.state === 'ready') {
    const path = await readyKubernetes(options, print, signal);
    await play(resourceByKubectl(kubectlAt(path, signal)));
    print(`\nLook at it: ${path} describe restock headphones-never-out`);
  } else {
    print(whyNot(state));
  }
}

function observer(context: Context): StepObserver {
  return {
    done: ({ number, title, seen, ms }) => {
      context.print(`${String(number).padStart(2)}. ✓ ${title} (${ms.toFixed(0)} ms)\n      ${seen}`);
    },
  };
}
