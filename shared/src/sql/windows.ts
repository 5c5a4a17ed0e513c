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
import { call, cast, named, select, star, subquery, text } from './ast-build.ts';
import { intervalText } from './interval-size.ts';
import { isTumble, type TumbleRef } from './resolve-relations.ts';

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
  sizeMicros(ref: TumbleRef): number;
};

/**
 * Without an origin time_bucket counts from Monday 2000-01-03, which lies on the Unix epoch's grid for every size
 * that divides this distance; naming the origin costs 7 % of a map task, so only the other sizes do.
 */
const DEFAULT_ORIGIN_MICROS = 946_857_600_000_000;

/** Replaces every tumble in FROM by a subquery that adds window_start and window_end, aligned to the Unix epoch. */
export function expandWindows(node: SelectNode, scope: WindowScope): SelectNode {
  return { ...node, from_table: expandFrom(node.from_table, scope) };
}

function expandFrom(ref: TableRef, scope: WindowScope): TableRef {
  if (isSubquery(ref)) {
    return { ...ref, subquery: { ...ref.subquery, node: expandWindows(ref.subquery.node, scope) } } as never;
  }
  if (isJoin(ref)) return { ...ref, left: expandFrom(ref.left, scope), right: expandFrom(ref.right, scope) } as never;
  if (!isTumble(ref)) return ref;
  const input = expandFrom(ref.input!, scope);
  const size = cast(text(intervalText(scope.sizeMicros(ref))), 'INTERVAL');
  const pinned = DEFAULT_ORIGIN_MICROS % scope.sizeMicros(ref) !== 0;
  const origin = pinned ? [cast(text('1970-01-01'), 'TIMESTAMP')] : [];
  const start = call('time_bucket', size, ref.arguments[1]!, ...origin);
  const list = [star(), named(start, 'window_start'), named(call('+', start, size), 'window_end')];
  const alias = ref.alias || (isBaseTable(input) ? input.alias || input.table_name : 'tumble');
  return subquery(select(list, input), alias, ref.column_name_alias as string[]);
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
  if (!isTumble(ref) || ref.input === null) return new Map();
  const roles = rolesOf(ref.input, scope);
  const onWatermark = roleOf(ref.arguments[1]!, roles)?.kind === 'eventTime';
  const sizeMicros = scope.sizeMicros(ref);
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
