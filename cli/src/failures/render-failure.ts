import { type MillraceError, toFailure } from '@millrace/shared/errors';
import type { Style } from '../output/style.ts';

/** Causes deeper than this say nothing more to a person. */
const CAUSES_MAX = 5;

/** What is wrong, where, and what to do about it. No stack: that is for `verbose`. */
export function renderFailure(error: MillraceError, style: Style, verbose: boolean): string {
  const [first, ...rest] = error.message.split('\n');
  const lines = [`${style.red('error')}: ${first}`, ...rest.map((line) => `       ${line}`)];
  if (error.hint !== '') lines.push(`${style.cyan('hint')}:  ${error.hint}`);
  if (!verbose) return `${lines.join('\n')}\n`;
  lines.push(style.dim(`code:  ${error.code}`), ...causes(error.cause).map((line) => style.dim(line)));
  if (error.stack) lines.push(style.dim(error.stack));
  return `${lines.join('\n')}\n`;
}

/** One object, one line: what `--json` writes to stderr. */
export function failureJson(error: MillraceError): string {
  const { code, message, hint, detailsJson } = toFailure(error);
  return `${JSON.stringify({ error: { code, message, hint, details: JSON.parse(detailsJson) as unknown } })}\n`;
}

function causes(cause: unknown, depth = 0): string[] {
  if (!(cause instanceof Error) || depth >= CAUSES_MAX) return [];
  return [`cause: ${cause.message}`, ...causes(cause.cause, depth + 1)];
}
