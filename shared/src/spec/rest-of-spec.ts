import type { z } from 'zod';
import { compileSpec } from './compile-spec.ts';
import { inputSchema } from './input-schema.ts';
import type { JobSpec } from './job-spec.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import type { SpecSource } from './spec-source.ts';

type Issue = z.core.$ZodIssue;

/**
 * The spec without what the schema refused, so that its query and topics can be looked at as well and everything that is
 * wrong is told at once. Null where that leaves no spec, or would make other things look wrong: a column without its type.
 */
export function restOfSpec({ value }: SpecSource, issues: readonly Issue[]): JobSpec | null {
  if (!isMap(value)) return null;
  const rest = structuredClone(value) as Record<string, unknown>;
  for (const issue of issues) {
    const path = issue.path as SpecPath;
    if (path.includes('columns')) return null;
    const wrong = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path];
    for (const one of wrong) remove(rest, one);
  }
  // Neither says anything about the query or the sources.
  rest.name ??= 'unnamed';
  const outputs = isMap(rest.outputs) ? Object.values(rest.outputs) : [rest];
  for (const output of outputs) if (isMap(output)) output.sink ??= 'noop';
  const queries = outputs.map((output) => (isMap(output) ? output.query : undefined));
  if (queries.length === 0 || queries.includes(undefined)) return null;
  const parsed = inputSchema.safeParse(rest);
  return parsed.success ? compileSpec(parsed.data) : null;
}

/** What is wrong inside of a sink makes it no sink at all. */
function remove(rest: Record<string, unknown>, path: SpecPath): void {
  const inSink = path[0] === 'sink' || (path[0] === 'outputs' && path[2] === 'sink');
  const wrong = inSink ? path.slice(0, path.indexOf('sink') + 1) : path;
  const parent = valueAt(rest, wrong.slice(0, -1));
  if (isMap(parent)) delete parent[String(wrong.at(-1))];
}
