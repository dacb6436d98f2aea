export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
  readonly read_only?: boolean;
  readonly tmpfs?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

export type Variables = Readonly<Record<string, string>>;

/** `$$`, or `${NAME}` with what follows the name: nothing, `:-default` or `:?message`. */
const reference = /\$(?:\$|\{(\w+)(?::([-?])([^}]*))?\})/g;

/**
 * The file as Compose reads it with these variables.
 * @throws Error with the message of a required variable that is missing or empty
 */
export function interpolated(file: unknown, variables: Variables): ComposeFile {
  return eachText(file, (text) =>
    text.replaceAll(reference, (_all, name?: string, kind?: string, rest: string = '') => {
      if (name === undefined) return '$';
      const value = variables[name] ?? '';
      if (value === '' && kind === '?') throw new Error(`${name} is missing: ${rest}`);
      return value === '' && kind === '-' ? rest : value;
    }),
  ) as ComposeFile;
}

/** The variables that it takes. */
export function variablesOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(reference)].flatMap(([, name]) => name ?? []));
}

/** An `.env` file of plain lines. */
export function parseVariables(text: string): Variables {
  const lines = text.split('\n').filter((line) => /^\w/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => eachText(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, eachText(inner, change)]));
}

/** The others. */
export function without(variables: Variables, name: string): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([other]) => other !== name));
}
