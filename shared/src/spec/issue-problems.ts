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

export type IssueProblems = {
  problems: SpecProblem[];
  /** Paths that a misspelt key was probably meant for: that they are missing needs no second message. */
  meant: ReadonlySet<string>;
};

/** What the schema refused, in sentences and with places. See leaves.ts for what `message` means in these issues. */
export function issueProblems(issues: readonly Issue[], source: SpecSource): IssueProblems {
  const meant = new Set<string>();
  const problems = issues.flatMap((issue) => toProblems(issue, issue.path as SpecPath, source, meant));
  return { problems, meant };
}

function toProblems(issue: Issue, path: SpecPath, source: SpecSource, meant: Set<string>): SpecProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, JSON.parse(issue.message), path, source, meant));
  }
  if (issue.code === 'invalid_key') return [invalidKey(issue.issues[0]?.message ?? issue.message, path, source)];
  if (issue.code === 'invalid_union') {
    const branch = intendedBranch(issue.errors);
    if (branch !== undefined) {
      return branch.flatMap((inner) => toProblems(inner, [...path, ...(inner.path as SpecPath)], source, meant));
    }
  }
  const value = valueAt(source.value, path);
  if (path.length === 0) {
    const message =
      value === null ? 'the spec is empty' : `the spec must be ${issue.message}, but is ${shown(path, source)}`;
    return [problemAt(path, message, START_HINT, source)];
  }
  if (value === undefined) return [missing(issue, path, source)];
  if (value === null && isRestOfType(path)) return [];
  const is = value === null ? 'there is none' : `is ${shown(path, source)}`;
  return [problemAt(path, `${pathText(path)} must be ${issue.message}, but ${is}`, hintFor(issue, value), source)];
}

const START_HINT = 'A job needs name, sources, query and sink; start from one of the files in examples/.';

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
  const words = wordsOf(issue);
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  if (near !== undefined) return `Did you mean ${near}?`;
  if (issue.code === 'custom' && typeof issue.params?.hint === 'string') return issue.params.hint;
  if (isMap(value) || Array.isArray(value)) return wantsMap(issue) ? MAP_HINT : 'Write one value of this kind.';
  if (typeof value === 'number' && /duration|size/.test(issue.message)) return 'Write the unit behind the number.';
  if (issue.code === 'invalid_type' && issue.expected === 'string') return 'Put a text in quotes.';
  if (words.length > 0 && issue.code !== 'invalid_union') return `Choose one of ${words.join(', ')}.`;
  return wantsMap(issue) ? MAP_HINT : 'Write it in one of these forms.';
}

const MAP_HINT = 'Write lines of "key: value" below it, indented and without dashes.';

const wantsMap = (issue: Issue): boolean =>
  issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record');

/** The words that could stand here, if it takes words. */
function wordsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  if (issue.code === 'custom') return Array.isArray(issue.params?.words) ? issue.params.words.map(String) : [];
  if (issue.code !== 'invalid_union') return [];
  if ('options' in issue) return (issue.options as unknown[]).map(String);
  return issue.errors.flat().flatMap((inner) => (inner.path.length === 0 ? wordsOf(inner) : []));
}

function unknownKey(key: string, known: string[], path: SpecPath, source: SpecSource, meant: Set<string>): SpecProblem {
  const near = nearest(key, known);
  if (near !== undefined && valueAt(source.value, [...path, near]) === undefined) meant.add(pathText([...path, near]));
  const list = `Known keys: ${known.slice(0, KEYS_LISTED_MAX).join(', ')}.`;
  const otherwise = key === '<<' ? 'Merge keys are not supported: write the keys out.' : list;
  const hint = near === undefined ? otherwise : `Did you mean "${near}"?`;
  return problemAt([...path, key], `${label(path)} has no key "${cut(key)}"`, hint, source, true);
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

/** `//user:password@` of a URL. */
const LOGIN = /\/\/[^\s/]*@/;

/** What may be shown of the value at a path: never what came out of the environment, never a secret. */
export function shown(path: SpecPath, source: SpecSource): string {
  const value = valueAt(source.value, path);
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  const isSecret = (path.includes('sasl') && path.at(-1) !== 'mechanism') || path.includes('postgres');
  if (isSecret) return `a ${typeof value}`;
  const written = (source.places.get(pathText(path))?.written ?? String(value)).replace(LOGIN, '//***@');
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
