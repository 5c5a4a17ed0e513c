import type { SpecProblem } from './job-spec.ts';

/** Characters of a source line that are shown; a longer one is cut around the place. */
const LINE_SHOWN_MAX = 120;
const SECRET = /password/i;

/**
 * Problems as compilers print them: `file:line:column: message`, the line with a caret, a hint. `text` must be the
 * text as written, before variables are replaced; a line that holds a password is not shown.
 */
export function formatSpecProblems(problems: readonly SpecProblem[], text: string, fileName: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  return problems.map((problem) => formatProblem(problem, lines, fileName)).join('\n');
}

function formatProblem(problem: SpecProblem, lines: readonly string[], fileName: string): string {
  const { line, column, message, hint } = problem;
  const place = line === null ? fileName : `${fileName}:${line}:${column ?? 1}`;
  const shown = line === null ? [] : excerpt(lines, line, column ?? 1);
  return [`${place}: ${message}`, ...shown, ...(hint === '' ? [] : [`  hint: ${hint}`]), ''].join('\n');
}

function excerpt(lines: readonly string[], line: number, column: number): string[] {
  const text = lines[line - 1];
  if (text === undefined || SECRET.test(text) || SECRET.test(lines[line - 2] ?? '')) return [];
  const start =
    text.length <= LINE_SHOWN_MAX
      ? 0
      : Math.max(0, Math.min(column - LINE_SHOWN_MAX / 2, text.length - LINE_SHOWN_MAX));
  const window = text.slice(start, start + LINE_SHOWN_MAX);
  // Tabs stay tabs, so that the caret stands below its character at any tab width.
  const indent = window.slice(0, column - 1 - start).replace(/[^\t]/g, ' ');
  const number = String(line).padStart(5);
  return [`${number} | ${window}`, `${' '.repeat(number.length)} | ${indent}^`];
}
