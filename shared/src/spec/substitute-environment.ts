import { isScalar, Scalar, visit } from 'yaml';
import { type Environment, expand } from './environment.ts';
import type { SpecProblem } from './job-spec.ts';
import { readSpecSource } from './spec-source.ts';
import { readYamlText } from './yaml-text.ts';

/**
 * The same spec with `${NAME}` and `${NAME:-default}` replaced, for whoever has no such environment (the driver).
 * Values are replaced in parsed texts, not in the raw one: whatever a variable holds stays inside its text. Lines keep
 * their numbers. `problems` has syntax errors and variables that are not set; then `text` is what was given.
 *
 * The result holds secrets. Check the spec with `parseSpec(text, fileName, { environment })` first: its messages and
 * places are those of the text as written.
 */
export function substituteEnvironment(
  text: string,
  environment: Environment,
  fileName = '',
): { text: string; problems: SpecProblem[] } {
  const { problems } = readSpecSource(text, fileName, environment);
  if (problems.length > 0) return { text, problems };
  const pieces: string[] = [];
  let done = 0;
  visit(readYamlText(text, fileName).document, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string' || !node.range) return;
      const expansion = expand(node.value, environment);
      if (!expansion.references) return;
      const [start, end] = node.range;
      pieces.push(text.slice(done, start), quoted(text.slice(start, end), expansion.value, node, environment));
      done = end;
    },
  });
  return { text: pieces.join('') + text.slice(done), problems: [] };
}

/** The expanded value double-quoted, over as many lines as the text it replaces. */
function quoted(written: string, value: string, node: Scalar, environment: Environment): string {
  const breaks = written.split('\n').length - 1;
  if (breaks === 0) return JSON.stringify(value);
  const lines = written.split('\n').slice(1);
  const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0] || ' ';
  // The line break that ends a block belongs to it: it comes back behind the closing quote.
  const within = written.endsWith('\n') ? breaks - 1 : breaks;
  const rows = node.type === Scalar.BLOCK_LITERAL ? literalRows(node, value, environment) : [value];
  const body = rows.map((row) => JSON.stringify(row).slice(1, -1).replace(/^ /, '\\ '));
  const parts = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED ? ['', ...body] : body;
  const padded = [...parts, ...Array<string>(Math.max(0, within + 1 - parts.length)).fill('')];
  // A backslash at the end of a line joins it to the next without a trace.
  return `"${padded.join(`\\\n${indent}`)}"${'\n'.repeat(breaks - within)}`;
}

/** A literal block line by line, so that the lines of a query keep their numbers. */
function literalRows(node: Scalar, value: string, environment: Environment): string[] {
  const rows = String(node.value)
    .split(/(?<=\n)/)
    .map((row) => expand(row, environment).value);
  // A default that spans lines has been cut: then the value is one row.
  return rows.join('') === value ? rows : [value];
}
