import type { Environment } from './config.ts';

/** What a command gets from the process that it runs in. */
export interface Context {
  readonly environment: Environment;
  /** Aborted when somebody wants it to end. */
  readonly signal: AbortSignal;
  readonly stdin: NodeJS.ReadableStream;
  /** One line of the result. */
  print(line: string): void;
  /** One line beside the result. */
  warn(line: string): void;
  /** 0 unless a command says otherwise. */
  exitCode: number;
}
