import { ConfigError } from '@tradewind/shared/config';
import { Command } from 'commander';
import { printEverywhere, tellReady, upDetached } from './commands/detach.ts';
import { clusterDown } from './commands/cluster-down.ts';
import { cluster } from './commands/cluster.ts';
import { deploy } from './commands/deploy.ts';
import { down } from './commands/down.ts';
import { image } from './commands/image.ts';
import { kubernetes } from './commands/kubernetes.ts';
import { logs } from './commands/logs.ts';
import { reset } from './commands/reset.ts';
import { undeploy } from './commands/undeploy.ts';
import { up } from './commands/up.ts';
import { readLocalConfig } from './config.ts';
import { SetupError } from './setup-error.ts';

const environmentHelp = `
Environment:
  TRADEWIND_DIR          where data, logs and secrets are kept (.local)
  TRADEWIND_KUBECONFIG   the kubeconfig of a cluster of yours, instead of the one that is started here. The definition of
                         ProductRestock is installed in it, and its restocks reach this shop: one platform a cluster
  TRADEWIND_PORT_OFFSET  is added to all ports, so that two platforms fit on a machine
  PORT, TRADEWIND_MONGO_PORT, TRADEWIND_REDIS_PORT, TRADEWIND_NATS_PORT, TRADEWIND_MAIL_PAGE_PORT, …  one port each
  XDG_CACHE_HOME         where downloaded servers and what was built are kept (~/.cache)`;

const program = new Command('local')
  .description('Runs a whole Tradewind on this machine.')
  .addHelpText('after', environmentHelp);

program
  .command('up')
  .description('start servers, mail page and services, and stop them at Ctrl-C')
  .option('--detach', 'return once the shop is ready, and leave it running')
  .option('--no-kubernetes', 'leave Kubernetes and the restock controller out, which follow the shop')
  .action(async ({ detach, kubernetes }: { detach?: true; kubernetes: boolean }) => {
    const config = readLocalConfig();
    if (detach) await upDetached(config.dir, kubernetes ? [] : ['--no-kubernetes'], console.log);
    else await up(config, { kubernetes, print: printEverywhere, onReady: tellReady });
  });

program
  .command('down')
  .description('stop the platform')
  .action(() => down(readLocalConfig().dir, console.log));

program
  .command('reset')
  .description('stop the platform and remove its data')
  .option('--yes', 'do not ask')
  .action(({ yes }: { yes?: true }) => reset(readLocalConfig().dir, yes === true, console.log));

program
  .command('logs')
  .description('show the end of the logs')
  .argument('[name]', 'one part: gateway, order, mongo, …')
  .option('-f, --follow', 'go on with what is added')
  .action((name: string | undefined, { follow }: { follow?: true }) =>
    logs(readLocalConfig().dir, name, follow === true),
  );

program
  .command('kubernetes')
  .description(
    'get etcd, kube-apiserver, kubectl and helm, and wait for it; `up` gets what it needs by itself',
  )
  .option('--node', 'and what `cluster` needs without Docker')
  .action(({ node }: { node?: true }) => kubernetes(node === true, console.log));

program
  .command('image')
  .description('build the image of all processes; with Docker by buildx, else by buildah')
  .action(() => image({ dir: readLocalConfig().dir }, console.log));

program
  .command('cluster')
  .description(
    'start a Kubernetes that runs pods: by kind in Docker, else of processes of this machine, as root',
  )
  .action(() => cluster(readLocalConfig(), console.log));

program
  .command('cluster-down')
  .description('stop that Kubernetes, and remove everything that is in it')
  .action(() => clusterDown(readLocalConfig(), console.log));

program
  .command('deploy')
  .description('bring this clone into that Kubernetes, with Helm; what is missing is started and built')
  .action(() => deploy(readLocalConfig(), console.log));

program
  .command('undeploy')
  .description('remove the release from that Kubernetes; volumes, Secrets and ProductRestocks stay')
  .action(() => undeploy(readLocalConfig(), console.log));

try {
  await program.parseAsync();
  process.exit();
} catch (error) {
  printEverywhere(explained(error));
  process.exit(1);
}

/** What a person can put right is said in a line; the rest is a defect and comes with its trace. */
function explained(error: unknown): string {
  if (error instanceof SetupError || error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
