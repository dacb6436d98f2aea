import { isProcess, processes, processNames } from './processes.ts';

const [name] = process.argv.slice(2);

if (name !== undefined && isProcess(name)) await processes[name]();
else {
  if (name === undefined) process.argv.push('--help');
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(`The argument names a process: ${processNames.join(', ')};\nor a command of the CLI:\n`);
  }
  await import('@tradewind/cli/main');
}
