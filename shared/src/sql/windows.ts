import {
  type Expression,
  isBaseTable,
  isColumnRef,
  isJoin,
  isStar,
  isSubquery,
  type SelectNode,
  type TableRef,
} from './ast.ts';
import { call, cast, column, named, notAtOrBefore, select, star, subquery, text } from './ast-build.ts';
import { intervalText } from './interval-size.ts';
import { isWindow, type WindowRef } from './resolve-relations.ts';

/** What a column of a relation is to event time. */
export type TimeRole =
  | { kind: 'eventTime' }
  /** `onWatermark`: windows of the source's watermark column, so the watermark closes them. */
  | { kind: 'windowStart' | 'windowEnd'; sizeMicros: number; onWatermark: boolean };

/** Lower-case column name → its role. Columns without a role are not in it. */
export type TimeRoles = ReadonlyMap<string, TimeRole>;

export type WindowScope = {
  /** Lower-case name of the source's watermark column. */
  watermarkColumn: string | null;
  lengthsOf(ref: WindowRef): WindowLengths;
};

/** Of tumbling windows both are the same. */
export type WindowLengths = { sizeMicros: number; slideMicros: number };

/** Each row is counted in all of its windows. */
export const WINDOWS_PER_ROW_MAX = 1_000;

/**
 * Without an origin time_bucket counts from Monday 2000-01-03, which lies on the Unix epoch's grid for every size
 * that divides this distance; naming the origin costs 7 % of a map task, so only the other sizes do.
 */
const DEFAULT_ORIGIN_MICROS = 946_857_600_000_000;

/** Replaces every window function in FROM by a subquery that adds window_start and window_end, aligned to the Unix epoch. */
export function expandWindows(node: SelectNode, scope: WindowScope): SelectNode {
  return { ...node, from_table: expandFrom(node.from_table, scope) };
}

function expandFrom(ref: TableRef, scope: WindowScope): TableRef {
  if (isSubquery(ref)) {
    return { ...ref, subquery: { ...ref.subquery, node: expandWindows(ref.subquery.node, scope) } } as never;
  }
  if (isJoin(ref)) return { ...ref, left: expandFrom(ref.left, scope), right: expandFrom(ref.right, scope) } as never;
  if (!isWindow(ref)) return ref;
  const input = expandFrom(ref.input!, scope);
  const alias = ref.alias || nameOf(input, ref);
  const expand = ref.name === 'hop' ? hop : tumble;
  return subquery(expand(ref, input, scope.lengthsOf(ref)), alias, ref.column_name_alias as string[]);
}

/** What columns of the input may be qualified with. */
const nameOf = (input: TableRef, { name }: WindowRef): string =>
  isBaseTable(input) ? input.alias || input.table_name : name;

const interval = (micros: number): Expression => cast(text(intervalText(micros)), 'INTERVAL');

/** The start of the last window that begins at the row's time or before. */
function lastStart(ref: WindowRef, slideMicros: number): Expression {
  const pinned = DEFAULT_ORIGIN_MICROS % slideMicros !== 0;
  const origin = pinned ? [cast(text('1970-01-01'), 'TIMESTAMP')] : [];
  return call('time_bucket', interval(slideMicros), ref.arguments[1]!, ...origin);
}

function tumble(ref: WindowRef, input: TableRef, { sizeMicros }: WindowLengths): SelectNode {
  const start = lastStart(ref, sizeMicros);
  const end = call('+', start, interval(sizeMicros));
  return select([star(), named(start, 'window_start'), named(end, 'window_end')], input);
}

/** A row for each window that a row is in, also where that is NULL. */
function hop(ref: WindowRef, input: TableRef, { sizeMicros, slideMicros }: WindowLengths): SelectNode {
  const last = lastStart(ref, slideMicros);
  const starts = Array.from({ length: Math.ceil(sizeMicros / slideMicros) }, (_, back) =>
    back === 0 ? last : call('-', last, interval(back * slideMicros)),
  );
  const started = select([star(), named(call('unnest', call('list_value', ...starts)), 'window_start')], input);
  const end = call('+', column('window_start'), interval(sizeMicros));
  // Of sizes that the slide does not divide, the earliest window may have ended before the row.
  const isWithin = sizeMicros % slideMicros === 0 ? null : notAtOrBefore(end, ref.arguments[1]!);
  return select([star(), named(end, 'window_end')], subquery(started, nameOf(input, ref)), isWithin);
}

/** Roles of the columns that a FROM clause (not yet expanded) provides. */
export function rolesOf(ref: TableRef, scope: WindowScope): TimeRoles {
  // Renamed columns lose their roles: which name stands for which column is known only to the binder.
  if (Array.isArray(ref.column_name_alias) && ref.column_name_alias.length > 0) return new Map();
  if (isBaseTable(ref)) {
    return new Map(scope.watermarkColumn === null ? [] : [[scope.watermarkColumn, { kind: 'eventTime' }]]);
  }
  if (isJoin(ref)) return rolesOf(ref.left, scope);
  if (isSubquery(ref)) return rolesOfSelect(ref.subquery.node, scope);
  if (!isWindow(ref) || ref.input === null) return new Map();
  const roles = rolesOf(ref.input, scope);
  const onWatermark = roleOf(ref.arguments[1]!, roles)?.kind === 'eventTime';
  const { sizeMicros } = scope.lengthsOf(ref);
  return new Map<string, TimeRole>([
    ...roles,
    ['window_start', { kind: 'windowStart', sizeMicros, onWatermark }],
    ['window_end', { kind: 'windowEnd', sizeMicros, onWatermark }],
  ]);
}

function rolesOfSelect(node: SelectNode, scope: WindowScope): TimeRoles {
  if (node.type !== 'SELECT_NODE') return new Map();
  const inner = rolesOf(node.from_table, scope);
  const outer = new Map<string, TimeRole>();
  for (const item of node.select_list) {
    if (isStar(item)) {
      if (item.columns) continue;
      const gone = new Set(
        [...item.exclude_list, ...item.replace_list.map(({ key }) => key)].map((name) => name.toLowerCase()),
      );
      const renamed = item.rename_list.length > 0;
      for (const [name, role] of inner) if (!gone.has(name) && !renamed) outer.set(name, role);
      continue;
    }
    const name = (item.alias || (isColumnRef(item) ? item.column_names.at(-1)! : '')).toLowerCase();
    const role = roleOf(item, inner);
    if (role) outer.set(name, role);
    else outer.delete(name);
  }
  return outer;
}

/** Role of an expression: that of the column, when it is nothing but a column (perhaps with its table's name). */
export function roleOf(expression: Expression, roles: TimeRoles): TimeRole | null {
  if (!isColumnRef(expression) || expression.column_names.length > 2) return null;
  return roles.get(expression.column_names.at(-1)!.toLowerCase()) ?? null;
}
