import { isScalar, Scalar } from 'yaml';
import type { SpecProblem } from './job-spec.ts';
import { readSpecSource, type SpecSource } from './spec-source.ts';
import { readYamlText, type YamlText } from './yaml-text.ts';

/** Values that are texts of a language of their own: lines and columns of what is found in them count within them, from 1. */
const INNER_TEXT = /^(query$|views\.|outputs\.\w+\.query$|tables\.\w+\.(csv|json)$)/;

/**
 * Gives problems that were found behind the parser (by the SQL compiler, against Kafka) their places in the text of
 * the spec: those found inside a query or the rows of a table by line and column, others by their path.
 */
export function placeProblems(problems: readonly SpecProblem[], text: string, fileName: string): SpecProblem[] {
  const source = readSpecSource(text, fileName);
  const yaml = readYamlText(text, fileName);
  return problems.map((problem) => {
    if (problem.line !== null && INNER_TEXT.test(problem.path))
      return { ...problem, ...innerPlace(problem, text, yaml) };
    if (problem.line !== null) return problem;
    return { ...problem, ...pathPlace(problem.path, source) };
  });
}

type Place = { line: number; column: number };

function pathPlace(path: string, source: SpecSource): Place | undefined {
  const place = source.places.get(path);
  if (place !== undefined) return place.value;
  const parent = path.replace(/(\.[^.]*|\[\d+\])$/, '');
  if (parent !== path) return pathPlace(parent, source);
  return source.places.get('')?.value;
}

function innerPlace(problem: SpecProblem, text: string, { document, positionAt }: YamlText): Place | undefined {
  const node = document.getIn(problem.path.split('.'), true);
  if (!isScalar(node) || !node.range) return undefined;
  const start = positionAt(node.range[0]);
  const line = problem.line ?? 1;
  const column = problem.column ?? 1;
  const written = text.slice(node.range[0], node.range[1]);
  const [head = '', ...rest] = written.split('\n');
  // A literal block, or the lines that substituteEnvironment makes of one.
  if (node.type === Scalar.BLOCK_LITERAL || head === '"\\') {
    return { line: start.line + line, column: indentOf(head, rest) + column };
  }
  if (rest.length > 0 || line > 1) return start;
  return { line: start.line, column: start.column + column - (node.type === Scalar.PLAIN ? 1 : 0) };
}

/** Of a block: what its header says (`|2`), else that of its first line that is not blank. */
function indentOf(head: string, lines: readonly string[]): number {
  const told = /^\|[+-]?(\d)/.exec(head)?.[1];
  const first = lines.find((line) => line.trim() !== '') ?? '';
  return told === undefined ? first.length - first.trimStart().length : Number(told);
}
