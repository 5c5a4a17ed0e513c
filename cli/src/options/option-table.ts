import { MillraceError } from '@millrace/shared/errors';

/**
 * One setting: a flag, the environment variable that stands in for it, and the default that stands in for both.
 * `parse` throws an Error whose message completes "--flag: …".
 */
export type OptionDefinition<T> = {
  /** As commander reads it: `--lanes <count>`. */
  flag: string;
  env: `MILLRACE_${string}` | null;
  /** As the user would write it; null where leaving it out means something of its own (told by the description). */
  default: string | null;
  /** What it is, with the unit. */
  description: string;
  parse(text: string): T;
};

// biome-ignore lint/suspicious/noExplicitAny: only `any` bounds definitions of every value type
export type OptionTable = Readonly<Record<string, OptionDefinition<any>>>;

/** Values by key; undefined where nothing was given and there is no default. */
export type OptionValues<Table extends OptionTable> = {
  [Key in keyof Table]: ReturnType<Table[Key]['parse']> | (Table[Key]['default'] extends string ? never : undefined);
};

/** Flag over environment over default. INVALID_CONFIG with every wrong value at once, each with where it came from. */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): OptionValues<Table> {
  const problems: string[] = [];
  const resolved = Object.entries(table).map(([key, definition]) => {
    const { text, origin } = given(definition, flags[key], env);
    if (text === null) return [key, undefined];
    try {
      return [key, definition.parse(text)];
    } catch (error) {
      problems.push(`${origin}: ${error instanceof Error ? error.message : String(error)}`);
      return [key, undefined];
    }
  });
  if (problems.length > 0) {
    throw new MillraceError('INVALID_CONFIG', problems.join('\n'), {
      hint: 'run the command with --help to see every option with its unit and default',
      details: { problems },
    });
  }
  return Object.fromEntries(resolved) as OptionValues<Table>;
}

function given(
  { flag, env, default: fallback }: OptionDefinition<unknown>,
  flagValue: unknown,
  variables: Readonly<Record<string, string | undefined>>,
): { text: string | null; origin: string } {
  const name = flag.split(/[ ,]/)[0]!;
  if (typeof flagValue === 'string') return { text: flagValue, origin: name };
  const variable = env === null ? undefined : variables[env];
  // An empty variable is what compose files and manifests leave behind for "not set".
  if (variable !== undefined && variable !== '') return { text: variable, origin: env! };
  return { text: fallback, origin: name };
}

/** The description as `--help` shows it: with environment variable and default. */
export function helpText({ description, env, default: fallback }: OptionDefinition<unknown>): string {
  const notes = [env === null ? '' : `env ${env}`, fallback === null ? '' : `default ${fallback}`].filter(Boolean);
  return notes.length === 0 ? description : `${description} (${notes.join(', ')})`;
}
