// Views are put into the query before DuckDB binds it, so places of several texts meet in one tree. Therefore places count
// through all texts of a spec, one behind the other.

import { isFetched, type JobSpec, outputPath, type SpecProblem } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** One text of the spec, at `base` (bytes) in the row of all of them. */
export type SpecText = { path: string; text: string; base: number };

/** The outputs' first, then views from the last to the first: what reads another text has the lower places. */
export type SpecTexts = { queries: SpecText[]; views: SpecText[]; tables: SpecText[] };

export function textsOf({ tables, views, outputs }: JobSpec): SpecTexts {
  let base = 0;
  const next = (path: string, text: string): SpecText => {
    const one = { path, text, base };
    // One more, so that the end of a text is not the start of the next.
    base += Buffer.byteLength(text) + 1;
    return one;
  };
  return {
    queries: outputs.map((output) => next(outputPath(output, 'query'), output.query)),
    views: views
      .toReversed()
      .map(({ name, query: text }) => next(`views.${name}`, text))
      .toReversed(),
    tables: tables.map((table) =>
      isFetched(table) ? next(`tables.${table.name}`, '') : next(`tables.${table.name}.${table.format}`, table.text),
    ),
  };
}

export const isIn = ({ text, base }: SpecText, location: number): boolean =>
  location >= base && location <= base + Buffer.byteLength(text);

/** A refusal as a problem of the spec, with line and column (from 1) in the text where its place is. */
export function toProblem({ message, hint, location, path }: Refusal, texts: SpecTexts): SpecProblem {
  if (location === null) return { path: path ?? 'query', message, hint, line: null, column: null };
  const all = [...texts.queries, ...texts.views.toReversed(), ...texts.tables];
  const { path: found, text, base } = all.findLast((one) => one.base <= location)!;
  const before = Buffer.from(text)
    .subarray(0, location - base)
    .toString()
    .split('\n');
  return { path: path ?? found, message, hint, line: before.length, column: before.at(-1)!.length + 1 };
}
