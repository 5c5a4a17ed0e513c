// Takes a grouped SELECT apart: keys, accumulators, and the list and HAVING over them.
import { createHash } from 'node:crypto';
import {
  type Expression,
  type FunctionCall,
  fingerprint,
  isColumnRef,
  isFunction,
  rewrite,
  type SelectNode,
  visit,
} from './ast.ts';
import { column } from './ast-build.ts';
import { MERGEABLE_AGGREGATES, type MergeableAggregate } from './mergeable-aggregates.ts';
import { roleOf, type TimeRole, type TimeRoles } from './windows.ts';

export type WindowRole = Extract<TimeRole, { sizeMicros: number }>;

/** Column of the state by which rows are grouped. */
export type GroupKey = { name: string; expression: Expression; role: WindowRole | null };

/** One aggregate of the query; equal ones are one. In `list` and `having` it stands as a column named `name`. */
export type GroupAggregate = { name: string; definition: MergeableAggregate; call: FunctionCall };

export type GroupedQuery = {
  keys: GroupKey[];
  /** window_end beside a key window_start: known from it, so it is no key. */
  derived: { name: string; fromKey: string; sizeMicros: number }[];
  aggregates: GroupAggregate[];
  list: Expression[];
  having: Expression | null;
};

/**
 * The columns of FROM (lower-case name → name), those of them that two relations have, and the names of the relations.
 */
export type FromScope = {
  columns: ReadonlyMap<string, string>;
  ambiguous: ReadonlySet<string>;
  tables: ReadonlySet<string>;
  roles: TimeRoles;
};

export function analyseGrouping(node: SelectNode, scope: FromScope, aggregateNames: ReadonlySet<string>): GroupedQuery {
  const names = nameResolver(node, scope);
  const isAggregate = (item: Expression): item is FunctionCall =>
    isFunction(item) && aggregateNames.has(item.function_name.toLowerCase());
  const aggregated = (item: Expression) => {
    let found = false;
    visit(item, (inner) => {
      if (isAggregate(inner)) found = true;
      return undefined;
    });
    return found;
  };
  const grouped =
    node.aggregate_handling === 'FORCE_AGGREGATES'
      ? names.list.filter((item) => !aggregated(item))
      : node.group_expressions.map((item) => names.list[positionOf(item)] ?? names.resolve(item));
  const { keys, derived, columnOf } = chooseKeys(grouped, scope.roles);
  const aggregates: GroupAggregate[] = [];
  const split = (item: Expression): Expression =>
    rewrite(item, (inner) => {
      const key = columnOf.get(fingerprint(inner));
      if (key !== undefined) return { ...column(key), alias: inner.alias };
      if (!isAggregate(inner)) return null;
      return { ...column(aggregateColumn(inner, aggregates)), alias: inner.alias };
    });
  return {
    keys,
    derived,
    aggregates,
    list: names.list.map(split),
    having: node.having === null ? null : split(names.resolveHaving(node.having, columnOf)),
  };
}

/** Index in the SELECT list of `GROUP BY 1`, −1 for anything else. */
function positionOf(item: Expression): number {
  const { value, type } = (item.value ?? {}) as { value?: unknown; type?: { id: string } };
  return item.class === 'CONSTANT' && typeof value === 'number' && /INT/.test(type?.id ?? '') ? value - 1 : -1;
}

function aggregateColumn(call: FunctionCall, known: GroupAggregate[]): string {
  const same = known.find((one) => fingerprint(one.call) === fingerprint(call));
  if (same) return same.name;
  const name = `__aggregate${known.length}`;
  known.push({ name, call, definition: MERGEABLE_AGGREGATES[call.function_name.toLowerCase()]! });
  return name;
}

/**
 * Writes every column under its own name without the table's, and aliases of the list as what they stand for.
 * DuckDB's order: in HAVING groups, then aliases, then columns; elsewhere columns come before aliases.
 */
function nameResolver(node: SelectNode, scope: FromScope) {
  const aliases = new Map<string, Expression>();
  const plain = (item: Expression): string | null => {
    if (!isColumnRef(item)) return null;
    const [first, second] = item.column_names as [string, string | undefined];
    if (second === undefined) return first;
    return null;
  };
  const parameters = lambdaParameters(node);
  const rename = (item: Expression): Expression | null => {
    if (!isColumnRef(item)) return null;
    const [first, ...rest] = item.column_names;
    const inner = rest[0]?.toLowerCase() ?? '';
    const qualified = scope.tables.has(first!.toLowerCase()) && scope.columns.has(inner) && !scope.ambiguous.has(inner);
    const [head, ...fields] = qualified ? rest : item.column_names;
    return { ...item, column_names: [scope.columns.get(head!.toLowerCase()) ?? head!, ...fields] } as Expression;
  };
  const aliased = (item: Expression): Expression | null => {
    const name = plain(item)?.toLowerCase();
    const meant = name === undefined || parameters.has(name) ? undefined : aliases.get(name);
    return meant ? { ...meant, alias: item.alias } : null;
  };
  const isColumn = (item: Expression) => scope.columns.has(plain(item)?.toLowerCase() ?? '');
  const resolve = (tree: Expression) =>
    rewrite(tree, (item) => (isColumn(item) ? rename(item) : (aliased(item) ?? rename(item))));
  const resolveHaving = (tree: Expression, groups: ReadonlyMap<string, string>) =>
    rewrite(tree, (item) => {
      const renamed = rename(item);
      return renamed && groups.has(fingerprint(renamed)) ? renamed : (aliased(item) ?? renamed);
    });
  const list = node.select_list.map((item) => {
    const resolved = resolve(item);
    if (item.alias !== '') aliases.set(item.alias.toLowerCase(), resolved);
    return resolved;
  });
  return { list, resolve, resolveHaving };
}

function lambdaParameters(node: SelectNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(node, (item) => {
    if (item.class === 'LAMBDA')
      visit(
        item.lhs,
        (parameter) =>
          void (isColumnRef(parameter) && names.add(parameter.column_names[0]!.toLowerCase())) as undefined,
      );
    return undefined;
  });
  return names;
}

function chooseKeys(grouped: Expression[], roles: TimeRoles) {
  const keys: GroupKey[] = [];
  const derived: GroupedQuery['derived'] = [];
  const columnOf = new Map<string, string>();
  const windows = grouped.map((expression) => ({ expression, role: windowRole(expression, roles) }));
  const start = windows.find(({ role }) => role?.kind === 'windowStart');
  const taken = new Set<string>();
  for (const { expression, role } of windows) {
    const print = fingerprint(expression);
    if (columnOf.has(print)) continue;
    const name = stateColumnName(isColumnRef(expression) ? expression.column_names.at(-1)! : print, print, taken);
    columnOf.set(print, name);
    if (role?.kind === 'windowEnd' && start?.role?.sizeMicros === role.sizeMicros) {
      derived.push({ name, fromKey: fingerprint(start.expression), sizeMicros: role.sizeMicros });
    } else keys.push({ name, expression, role });
  }
  for (const one of derived) one.fromKey = columnOf.get(one.fromKey)!;
  // In a fixed order, so that another order in the query is the same state and the same hash.
  keys.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { keys, derived, columnOf };
}

function windowRole(expression: Expression, roles: TimeRoles): WindowRole | null {
  // Table names are gone by now: a second part would be a field of a struct.
  const role = isColumnRef(expression) && expression.column_names.length === 1 ? roleOf(expression, roles) : null;
  return role === null || role.kind === 'eventTime' ? null : role;
}

/** Name length that still reads well in `millrace state`. */
const STATE_NAME_LETTERS = 40;

/** A column name from what the column holds: readable where that is short, always the same for the same content. */
export function stateColumnName(readable: string, content: string, taken: Set<string>): string {
  const slug = readable
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 6);
  const short = /^[\w]{1,40}$/.test(readable) && !readable.startsWith('__') ? readable : '';
  const base =
    short ||
    (slug.length > 0 && slug.length <= STATE_NAME_LETTERS && !readable.startsWith('{') ? slug : `expression_${digest}`);
  const name = taken.has(base.toLowerCase()) ? `${base}_${digest}` : base;
  taken.add(name.toLowerCase());
  return name;
}
