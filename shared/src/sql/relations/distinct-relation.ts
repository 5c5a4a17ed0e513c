import type { Expression, FunctionCall } from '../ast.ts';
import { call, column } from '../ast-build.ts';
import { aggregateRelation } from './aggregate-relation.ts';
import type { CompilerContext } from './compiler-context.ts';
import { columnOf, type Relation } from './relation.ts';

/** Every row once. */
export function distinctRelation(context: CompilerContext, input: Relation, countsLate = true): Promise<Relation> {
  const names = input.columns.map(({ name }) => name);
  return countedGroups(context, input, names, [], countsLate);
}

/** Groups by columns, with the number of their rows that meet each filter. */
export function countedGroups(
  context: CompilerContext,
  input: Relation,
  keys: readonly string[],
  counts: readonly { name: string; filter: Expression }[],
  countsLate = true,
): Promise<Relation> {
  return aggregateRelation(context, input, {
    keys: keys.map((name) => ({ name, expression: column(name), role: columnOf(input, name).role })),
    derived: [],
    calls: counts.map(({ name, filter }) => ({ name, call: { ...call('count_star'), filter } as FunctionCall })),
    countsLate,
  });
}
