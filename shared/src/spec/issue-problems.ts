import type { z } from 'zod';
import { nearest } from './did-you-mean.ts';
import type { SpecProblem } from './job-spec.ts';
import { isMap, pathText, type SpecPath, valueAt } from './spec-path.ts';
import type { SpecSource } from './spec-source.ts';

type Issue = z.core.$ZodIssue;

/** Longer values are cut in messages. */
const SHOWN_LENGTH_MAX = 40;
/** So many known keys are listed; more is a page of the reference. */
const KEYS_LISTED_MAX = 16;

/** What the schema refused, in sentences and with places. See leaves.ts for what `message` means in these issues. */
export function issueProblems(issues: readonly Issue[], source: SpecSource): SpecProblem[] {
  return issues.flatMap((issue) => toProblems(issue, issue.path as SpecPath, source));
}

function toProblems(issue: Issue, path: SpecPath, source: SpecSource): SpecProblem[] {
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue.keys, JSON.parse(issue.message), path, source);
  if (issue.code === 'invalid_key') return [invalidKey(issue.issues[0]?.message ?? issue.message, path, source)];
  if (issue.code === 'invalid_union') {
    const branch = intendedBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => toProblems(inner, [...path, ...(inner.path as SpecPath)], source));
    }
  }
  const value = valueAt(source.value, path);
  if (value === undefined) return [missing(issue, path, source)];
  const hint = hintFor(issue, value);
  if (value === null && isRestOfType(path)) return [];
  const is = value === null ? 'but there is none' : `but is ${shown(path, source)}`;
  return [problemAt(path, `${label(path)} must be ${issue.message}, ${is}`, hint, source)];
}

/** The branch of a union that fits the kind of value: the one that did not fail at its root for the value's type. */
function intendedBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fits = (issues: readonly Issue[]) =>
    !issues.some(
      (issue) => issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value'),
    );
  return branches.find(fits);
}

/** `{ a: DECIMAL(12,2) }` is read as the type `DECIMAL(12` and the key `2)`: the type has been reported already. */
const isRestOfType = (path: SpecPath): boolean => path.at(-2) === 'columns' && /^[^(]*\)/.test(String(path.at(-1)));

function missing(issue: Issue, path: SpecPath, source: SpecSource): SpecProblem {
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? 'in the spec' : `in ${pathText(parent)}`;
  return problemAt(path, `"${path.at(-1)}" is missing ${where}`, `Add "${path.at(-1)}": ${issue.message}.`, source);
}

function hintFor(issue: Issue, value: unknown): string {
  if (value === null) return 'Write the value after the colon, or remove the key.';
  const params = (issue.code === 'custom' ? issue.params : undefined) ?? {};
  const near = typeof value === 'string' ? nearest(value, wordsOf(issue)) : undefined;
  if (near !== undefined) return `Did you mean ${near}?`;
  if (typeof params.hint === 'string') return params.hint;
  if (issue.code === 'invalid_type' && issue.expected === 'string' && !isMap(value) && !Array.isArray(value)) {
    return typeof value === 'number' && /duration|size/.test(issue.message)
      ? 'Write the unit.'
      : 'Put a text in quotes.';
  }
  return `Expected: ${issue.message}.`;
}

function wordsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'custom' && Array.isArray(issue.params?.words)) return issue.params.words.map(String);
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options as unknown[]).map(String) : [];
}

function unknownKeys(keys: readonly string[], known: string[], path: SpecPath, source: SpecSource): SpecProblem[] {
  const where = path.length === 0 ? 'the spec' : pathText(path);
  return keys.map((key) => {
    const near = nearest(key, known);
    const list = known.slice(0, KEYS_LISTED_MAX).join(', ');
    const hint = key === '<<' ? 'Merge keys are not supported: write the keys out.' : `Known keys: ${list}.`;
    const message = `${where} has no key "${cut(key)}"`;
    return problemAt([...path, key], message, near === undefined ? hint : `Did you mean "${near}"?`, source, true);
  });
}

function invalidKey(expected: string, path: SpecPath, source: SpecSource): SpecProblem {
  const parent = pathText(path.slice(0, -1));
  return problemAt(
    path,
    `the key "${cut(String(path.at(-1)))}" in ${parent} must be ${expected}`,
    'Rename the key.',
    source,
    true,
  );
}

const label = (path: SpecPath): string => (path.length === 0 ? 'the spec' : pathText(path));

const cut = (text: string): string => (text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text);

/** What may be shown of the value at a path: never what came out of the environment, never a secret. */
export function shown(path: SpecPath, source: SpecSource): string {
  const value = valueAt(source.value, path);
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  if (path.includes('password')) return 'something else';
  const written = source.places.get(pathText(path))?.written ?? String(value);
  return typeof value === 'string' ? `"${cut(written)}"` : cut(written);
}

/** A problem at the place of `path`: at the value, at the key when asked or unknown, else at the nearest parent. */
export function problemAt(
  path: SpecPath,
  message: string,
  hint: string,
  source: SpecSource,
  atKey = false,
): SpecProblem {
  const place = source.places.get(pathText(path));
  if (place !== undefined) {
    const position = atKey ? (place.key ?? place.value) : place.value;
    return { path: pathText(path), message, hint, ...position };
  }
  for (let length = path.length - 1; length >= 0; length--) {
    const parent = source.places.get(pathText(path.slice(0, length)));
    if (parent !== undefined) return { path: pathText(path), message, hint, ...(parent.key ?? parent.value) };
  }
  return { path: pathText(path), message, hint, line: null, column: null };
}
