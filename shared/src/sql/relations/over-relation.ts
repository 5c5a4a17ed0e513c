import { type Expression, fingerprint, rewrite, visit } from '../ast.ts';
import { column } from '../ast-build.ts';
import { closingIndex, closingOf } from './aggregate-relation.ts';
import { type CompilerContext, describeItems } from './compiler-context.ts';
import { conjuncts } from './join-relation.ts';
import { allItems, withColumns } from './map-relation.ts';
import { pushFilter } from './push-filter.ts';
import { columnOf, freeName, type Item, type RecomputeRelation, type Relation } from './relation.ts';
import { rolesOfGroups } from './same-window.ts';

type Over = { relation: Relation; rewrite(tree: Expression): Expression };

/**
 * Adds what the window functions (OVER) of some expressions compute as columns. Their answer depends on the rows of one
 * partition alone: the expressions that all PARTITION BYs have in common are the key.
 */
export async function overRelation(
  context: CompilerContext,
  input: Relation,
  trees: readonly Expression[],
): Promise<Over> {
  const windows = new Map<string, Expression>();
  visit(trees, (node) => {
    if (node.class === 'SUBQUERY') return 'skip';
    if (node.class !== 'WINDOW') return undefined;
    windows.set(fingerprint(node), node);
    return 'skip';
  });
  if (windows.size === 0) return { relation: input, rewrite: (tree) => tree };
  const partitions = [...windows.values()].map((node) => (node.partitions ?? []) as unknown as Expression[]);
  const common = partitions[0]!.filter((one) =>
    partitions.every((others) => others.some((other) => fingerprint(other) === fingerprint(one))),
  );
  const taken = new Set(input.columns.map(({ name }) => name.toLowerCase()));
  const { relation: rows, names: keys } = await withColumns(context, input, common, 'partition', taken);
  const names = new Map<string, string>();
  const items = [...windows].map(([print, expression]) => {
    const name = freeName(String(expression.function_name), taken);
    names.set(print, name);
    return { name, expression: { ...expression, alias: '' } as Expression };
  });
  const relation = await windowed(context, rows, [...new Set(keys)], items);
  const replaced = (tree: Expression): Expression =>
    rewrite(tree, (node) => {
      const name = node.class === 'WINDOW' ? names.get(fingerprint(node)) : undefined;
      return name === undefined ? null : { ...column(name), alias: node.alias };
    });
  return { relation, rewrite: replaced };
}

/** Rows with what is computed over the rows of their key. */
export async function windowed(
  context: CompilerContext,
  input: Relation,
  keys: string[],
  added: Item[],
): Promise<RecomputeRelation> {
  const items = [...allItems(input), ...added];
  const described = await describeItems(context, input.columns, items);
  const timed = keys.map((name) => ({ name, expression: column(name), role: columnOf(input, name).role }));
  const closing = closingOf(timed);
  const roles = rolesOfGroups(input, timed, closingIndex(timed));
  const columns = described.map((one) => ({ ...one, role: roles[keys.indexOf(one.name)] ?? null }));
  const what = added.map(({ expression }) => String(expression.function_name)).join(', ');
  return {
    ...{ kind: 'recompute', what: `${what} over ${keys.length > 0 ? keys.join(', ') : 'all rows'}`, input, keys },
    ...{ layers: [], items, columns, appendOnly: false, key: input.key, grouped: false, qualify: [] },
    ...{ keepsOnlyResults: true, countsLate: true },
    closing: closing && { input: closing, result: closing },
  };
}

/** QUALIFY. */
export const qualified = (context: CompilerContext, relation: Relation, condition: Expression): Promise<Relation> =>
  pushFilter(context, relation, conjuncts(condition));
