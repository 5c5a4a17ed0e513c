import { nearest } from './did-you-mean.ts';

/** Variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `at` counts characters from the start of the text that was expanded; nothing here holds a value of a variable. */
export type ExpansionProblem = { at: number; message: string; hint: string };

export type Expansion = { value: string; references: boolean; problems: ExpansionProblem[] };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\})?/g;
const CONTENT = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * Replaces `${NAME}` and `${NAME:-default}` (used when the variable is unset or empty); `$${` stands for a plain `${`.
 * What cannot be replaced stays as it is and is reported.
 */
export function expand(text: string, environment: Environment): Expansion {
  const problems: ExpansionProblem[] = [];
  let references = false;
  const value = text.replace(
    REFERENCE,
    (whole: string, content: string | undefined, close: string | undefined, at: number) => {
      references = true;
      if (content === undefined) return '${';
      const problem = (message: string, hint: string): string => {
        problems.push({ at, message, hint });
        return whole;
      };
      if (close === undefined)
        return problem('"${" is never closed', 'Close it with "}", or write "$${" for a plain "${".');
      const parts = CONTENT.exec(content);
      if (parts === null) {
        return problem(
          `"${whole}" does not name a variable`,
          `Write \${NAME} or \${NAME:-default}; "$\${" is a plain "\${".`,
        );
      }
      const name = parts[1]!;
      const set = Object.hasOwn(environment, name) ? environment[name] : undefined;
      if (parts[2] !== undefined) return set || parts[2];
      return set ?? problem(`the environment variable ${name} is not set`, missingHint(name, environment));
    },
  );
  return { value, references, problems };
}

function missingHint(name: string, environment: Environment): string {
  const near = nearest(name, Object.keys(environment));
  const remedy = `Set it, or give a default: \${${name}:-value}.`;
  return near === undefined ? remedy : `Did you mean ${near}? ${remedy}`;
}
