import type { Check } from './check-columns.ts';
import { nearest } from './did-you-mean.ts';
import { shown } from './issue-problems.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';

/** Of which no two spellings in a record key are the same value for sure, or which a text cannot say. */
const NO_KEY_TYPE = /\[\]$|^(STRUCT|MAP)\s*\(|^(JSON|INTERVAL|FLOAT|REAL|DOUBLE)$/i;

/** What `changes` of a source needs beside it. */
export function checkChanges(check: Check, path: SpecPath, source: Record<string, unknown>): void {
  const { changes, key } = source;
  const at = (name: string) => [...path, name];
  if (changes === undefined) {
    const hint = 'Add "changes": debezium or upsert, or leave key out: every record is a new row.';
    if (key !== undefined) check.report(at('key'), 'only a source of changes has a key', hint, true);
    return;
  }
  if (source.format === 'raw') {
    check.report(at('changes'), 'a raw source has no changes', 'Declare columns, with format: json.', true);
    return;
  }
  const keys = [key ?? []].flat();
  if (changes === 'upsert' && keys.length === 0) {
    const hint = 'Add "key": the columns that the key of a record names, such as [id].';
    check.report(at('key'), `"key" is missing in sources.${path.at(-1)}`, hint);
  }
  if (source.watermark !== undefined && keys.length === 0 && changes !== 'upsert') {
    const hint = 'Only versions of rows have a time: add "key", or leave watermark out.';
    check.report(at('watermark'), 'changes without a key have no event time', hint, true);
  }
  const time = valueAt(source, ['watermark', 'column']);
  if (time !== undefined && keys.some((name) => lowerCase(name) === lowerCase(time))) {
    const hint = 'Name the column that says since when a version of the row counts, or _timestamp.';
    check.report([...at('watermark'), 'column'], 'the event time of changes is no part of their key', hint);
  }
  if (new Set(keys.map(lowerCase)).size < keys.length)
    check.report(at('key'), 'a key column is there twice', 'Name each column once.');
  keys.forEach((name, index) => {
    if (typeof name === 'string') checkKey(check, Array.isArray(key) ? [...at('key'), index] : at('key'), source, name);
  });
}

const lowerCase = (name: unknown): string => String(name).toLowerCase();

function checkKey(check: Check, path: SpecPath, { columns }: Record<string, unknown>, name: string): void {
  if (!isMap(columns)) return;
  const declared = Object.keys(columns);
  const found = declared.find((one) => lowerCase(one) === lowerCase(name));
  if (found === undefined) {
    const near = nearest(name, declared);
    const hint = near === undefined ? 'Declare it and its type under columns.' : `Did you mean "${near}"?`;
    check.report(path, `the column ${shown(path, check.source)} is not declared`, hint);
    return;
  }
  const type = columns[found];
  if (typeof type === 'string' && NO_KEY_TYPE.test(type.trim()))
    check.report(
      path,
      `a column of type ${type} cannot be a key`,
      'Use columns of texts, whole numbers, DECIMAL or times.',
    );
}
