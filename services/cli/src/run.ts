import { CommanderError } from 'commander';
import { TradewindError } from '@tradewind/shared/errors';
import { trustAuthority } from '@tradewind/shared/tls';
import type { Context } from './context.ts';
import { buildProgram } from './program.ts';

/** Runs the command line; says what went wrong. @returns the exit code: 0 done, 1 failed or refused, 2 wrong use */
export async function run(args: readonly string[], context: Context): Promise<number> {
  try {
    const { authority } = context.environment;
    if (authority !== undefined) trustAuthority(authority);
    await buildProgram(context).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 || args.length === 0 ? 0 : 2;
    if (context.signal.aborted) {
      context.warn('stopped');
      return 1;
    }
    context.warn(`error: ${error instanceof Error ? error.message : String(error)}`);
    return isWrongUse(error) ? 2 : 1;
  }
}

function isWrongUse(error: unknown): boolean {
  if (error instanceof TradewindError) return error.code === 'INVALID_ARGUMENT';
  return (
    error instanceof Error && 'code' in error && ['ENOENT', 'EISDIR', 'EACCES'].includes(String(error.code))
  );
}
