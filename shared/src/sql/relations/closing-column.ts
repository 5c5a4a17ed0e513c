import { column } from '../ast-build.ts';
import { closesAt, isExact } from '../windows.ts';
import { endsEvery } from './aggregate-relation.ts';
import { type Closing, freeName, type MapRelation, type Relation } from './relation.ts';

/**
 * The root with a column that tells when its rows are closed, perhaps one that the query does not put out, behind the others.
 * Null: nothing tells.
 */
export function withClosing(root: Relation): { root: Relation; closing: Closing & { everyMs: number } } | null {
  const closing = root.columns.filter(({ role }) => closesAt(role) !== null);
  const windows = closing.filter(({ role }) => role?.kind !== 'eventTime');
  const found = windows.find(({ role }) => isExact(role!)) ?? windows[0] ?? closing[0];
  // A window below may end before a time that has to wait for the other side of a join.
  const waits = found?.role?.kind === 'eventTime' && closesAt(found.role)! > 0 && root.kind === 'map';
  if (found?.role && !waits) {
    const everyMs = Math.max(1, endsEvery(found.role) / 1_000);
    return { root, closing: { column: found.name, toEndMicros: closesAt(found.role)!, everyMs } };
  }
  if (root.kind !== 'map') return null;
  const below = withClosing(root.input);
  if (below === null) return null;
  const taken = new Set(root.columns.map(({ name }) => name.toLowerCase()));
  const name = freeName('__closing', taken);
  const from = below.root.columns.find((one) => one.name === below.closing.column)!;
  const carrying: MapRelation = {
    ...root,
    input: below.root,
    items: [...root.items, { name, expression: column(from.name) }],
    columns: [...root.columns, { ...from, name }],
  };
  return { root: carrying, closing: { ...below.closing, column: name } };
}
