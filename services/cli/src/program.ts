import { Command } from 'commander';
import { auditCommand } from './audit/command.ts';
import type { Context } from './context.ts';
import { demoCommand } from './demo/command.ts';
import { importCommand } from './import/command.ts';
import { produceCommand } from './produce/command.ts';
import { replayCommand } from './replay/command.ts';

export function buildProgram(context: Context): Command {
  const commands = [importCommand, demoCommand, auditCommand, produceCommand, replayCommand];
  const program = new Command('tradewind')
    .description('What people do to a running Tradewind platform.')
    .helpCommand(false)
    .addHelpText('after', '\nExit codes: 0 done; 1 something failed or was refused; 2 wrong use.\n');
  for (const command of commands) {
    program.addCommand(command(context).exitOverride().showHelpAfterError('(add --help for how it is used)'));
  }
  return program.exitOverride().showHelpAfterError('(add --help for how it is used)');
}
