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
      pieces.push(text.slice(done, start), quoted(text.slice(start, end), expansion, node));
      done = end;
    },
  });
  return { text: pieces.join('') + text.slice(done), problems: [] };
}

/** The expanded value double-quoted, over as many lines as the text it replaces. */
function quoted(written: string, expansion: { value: string }, node: Scalar): string {
  const breaks = written.split('\n').length - 1;
  if (breaks === 0) return JSON.stringify(expansion.value);
  const lines = written.split('\n').slice(1);
  const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0] || ' ';
  const rows = node.type === Scalar.BLOCK_LITERAL ? literalRows(expansion.value, breaks) : [expansion.value];
  // A backslash at the end of a line joins it to the next without a trace.
  const body = rows.map((row) => JSON.stringify(row).slice(1, -1).replace(/^ /, '\\ '));
  const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
  if (!isBlock) return `"${body.join('')}${`\\\n${indent}`.repeat(breaks)}"`;
  const padding = Math.max(0, breaks - body.length);
  // The line break that ends a block belongs to it: put it back behind the closing quote.
  const joined = ['"', ...body].join(`\\\n${indent}`);
  return `${joined}"${'\n'.repeat(padding)}`;
}

/** A literal block line by line, each with its own line break as an escape. */
function literalRows(value: string, breaks: number): string[] {
  const rows = value.split(/(?<=\n)/);
  return rows.length <= breaks ? rows : [...rows.slice(0, breaks - 1), rows.slice(breaks - 1).join('')];
}
