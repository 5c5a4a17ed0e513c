import type { SpecProblem } from './job-spec.ts';

/** Characters of a source line that are shown; a longer one is cut around the place. */
const LINE_SHOWN_MAX = 120;
/** Nothing secret stands in a reference without a default, nor, when those are gone, in a key without a value. */
const REFERENCE = /\$\{\w+\}/g;
const EMPTY_PASSWORD = /password["']?\s*:\s*(?=["']*\s*(?:[,}#]|$))/gi;
/** What is left of a password, the start of a login on one line, or a URL with a login. */
const SECRET = /password|sasl["']?\s*:\s*[^\s#]|:\/\/[^\s/]*@/i;

/**
 * Problems as compilers print them: `file:line:column: message`, the line with a caret, a hint. `text` must be the
 * text as written, before variables are replaced; a line that may hold a password is not shown.
 */
export function formatSpecProblems(problems: readonly SpecProblem[], text: string, fileName: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  return problems.map((problem) => formatProblem(problem, lines, fileName)).join('\n');
}

function formatProblem(problem: SpecProblem, lines: readonly string[], fileName: string): string {
  const { line, column, message, hint } = problem;
  const place = line === null ? fileName : `${fileName}:${line}:${column ?? 1}`;
  const shown = line === null || problem.path.includes('sasl') ? [] : excerpt(lines, line, column ?? 1);
  return [`${place}: ${message}`, ...shown, ...(hint === '' ? [] : [`  hint: ${hint}`]), ''].join('\n');
}

function excerpt(lines: readonly string[], line: number, place: number): string[] {
  const text = lines[line - 1];
  if (text === undefined || isSecret(text) || ownersOf(lines, line - 1).some((owner) => /password/i.test(owner)))
    return [];
  // A line may be longer where its problem was found: what was written there is a file's name.
  const column = Math.min(place, text.length + 1);
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

const isSecret = (line: string): boolean => SECRET.test(line.replace(REFERENCE, '').replace(EMPTY_PASSWORD, ''));

/** The lines above whose value a line may be part of, also when it is indented wrongly: long values are secret too. */
function ownersOf(lines: readonly string[], index: number): string[] {
  const indentOf = (line: string) => line.length - line.trimStart().length;
  const isKey = (line: string) => /^\s*["']?[\w-]+["']?\s*:(\s|$)/.test(line);
  const text = lines[index] ?? '';
  const above = lines.slice(0, index).filter((line) => line.trim() !== '');
  const parent = above.findLast((line) => indentOf(line) < indentOf(text));
  const key = isKey(text) ? undefined : above.findLast(isKey);
  return [parent, key].filter((line) => line !== undefined);
}
