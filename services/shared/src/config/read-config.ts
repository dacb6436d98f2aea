import { cleanEnv, type CleanedEnv } from 'envalid';

/** Every problem of the environment, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Parses the environment once. An empty variable counts as absent.
 * @throws ConfigError naming all problems at once
 * @example const env = readConfig({ ...processEnv, PORT: natural({ default: 8080 }) });
 */
export function readConfig<S extends object>(
  specs: S,
  environment: NodeJS.ProcessEnv = process.env,
): CleanedEnv<S> {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  return cleanEnv(present, specs, {
    reporter: ({ errors }) => {
      const problems = Object.entries(errors)
        .filter(([, error]) => error)
        .map(([name, error]) => `${name}: ${(error as Error).message}`);
      if (problems.length > 0) throw new ConfigError(problems);
    },
  });
}
