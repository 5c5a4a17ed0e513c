// PIVOT and UNPIVOT as the SELECTs that they are short for.

import {
  type Expression,
  type FunctionCall,
  isColumnRef,
  type Json,
  type SelectNode,
  type TableRef,
  visit,
} from './ast.ts';
import { and, call, column, greater, isNotNull, named, select, star, subquery, text } from './ast-build.ts';

type Value = { is_null: boolean; value?: Json; type: Json };
type PivotRef = TableRef & {
  source: TableRef;
  aggregates: FunctionCall[];
  unpivot_names: string[];
  pivots: {
    pivot_expressions: Expression[];
    unpivot_names: string[];
    entries: { values: Value[]; star_expr: Expression | null; alias: string }[];
    pivot_enum: string;
  }[];
  groups: string[];
  column_name_alias: string[];
  include_nulls: boolean;
};

export const isPivot = (ref: TableRef): ref is PivotRef => ref.type === 'PIVOT';

/** The subquery that stands for it; null: its columns are not all said by the query itself. */
export function pivotSelect(ref: PivotRef, source: TableRef): TableRef | null {
  const listed = ref.pivots.every(
    ({ entries, pivot_enum }) =>
      entries.length > 0 && pivot_enum === '' && entries.every((one) => one.star_expr === null),
  );
  if (!listed) return null;
  const node = ref.aggregates.length > 0 ? pivoted(ref, source) : unpivoted(ref, source);
  return node && subquery(node, ref.alias, ref.column_name_alias);
}

/** A column for each combination of values and each aggregate; what neither names is grouped by. */
function pivoted({ aggregates, pivots, groups }: PivotRef, source: TableRef): SelectNode {
  const cells = pivots.reduce<{ name: string; conditions: Expression[] }[]>(
    (known, { pivot_expressions, entries }) =>
      known.flatMap(({ name, conditions }) =>
        entries.map(({ values, alias }) => ({
          name: [...(name === '' ? [] : [name]), alias || values.map(valueText).join('_')].join('_'),
          conditions: [
            ...conditions,
            ...pivot_expressions.map((one, index) =>
              greater(one, constant(values[index]!), 'COMPARE_NOT_DISTINCT_FROM'),
            ),
          ],
        })),
      ),
    [{ name: '', conditions: [] }],
  );
  const items = cells.flatMap(({ name, conditions }) =>
    aggregates.map((aggregate) => {
      const called = aggregate.alias || (aggregates.length > 1 ? spelled(aggregate) : '');
      const filter = and(...(aggregate.filter ? [aggregate.filter] : []), ...conditions);
      return named({ ...aggregate, filter } as unknown as FunctionCall, called === '' ? name : `${name}_${called}`);
    }),
  );
  const used = columnsIn([aggregates, pivots.map((one) => one.pivot_expressions)]);
  const keys =
    groups.length > 0 ? groups.map((name) => column(name)) : [{ ...star(), exclude_list: used } as Expression];
  return { ...select([...keys, ...items], source), aggregate_handling: 'FORCE_AGGREGATES' };
}

/** A row for each of the columns, with its name. */
function unpivoted({ pivots, unpivot_names, include_nulls }: PivotRef, source: TableRef): SelectNode | null {
  const [pivot, ...more] = pivots;
  const [value, ...others] = unpivot_names;
  const [name] = pivot?.unpivot_names ?? [];
  if (!pivot || !value || !name || more.length > 0 || others.length > 0) return null;
  const columns = pivot.entries.map(({ values }) => String(values[0]!.value));
  const names = pivot.entries.map(({ alias }, index) => text(alias || columns[index]!));
  const unnested = (items: Expression[], alias: string) => named(call('unnest', call('list_value', ...items)), alias);
  const rest = { ...star(), exclude_list: columns } as Expression;
  const cells = columns.map((one) => column(one));
  const rows = select([rest, unnested(names, name), unnested(cells, value)], source);
  return include_nulls ? rows : select([star()], subquery(rows, 'unpivoted'), isNotNull(column(value)));
}

const valueText = ({ is_null, value }: Value): string => (is_null ? 'NULL' : String(value));

const constant = (value: Value): Expression =>
  ({ class: 'CONSTANT', type: 'VALUE_CONSTANT', alias: '', value }) as unknown as Expression;

/** As DuckDB names a column that is a plain aggregate. */
const spelled = ({ function_name, children }: FunctionCall): string =>
  `${function_name}(${children.map((child) => (isColumnRef(child) ? child.column_names.join('.') : '…')).join(', ')})`;

function columnsIn(tree: unknown): string[] {
  const names = new Set<string>();
  visit(tree, (node) => {
    if (isColumnRef(node)) names.add(node.column_names.at(-1)!);
    return undefined;
  });
  return [...names];
}
