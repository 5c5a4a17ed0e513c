import type { SelectNode } from '../ast.ts';
import { call, cast, coalesce, column, greater, not, nullValue, text } from '../ast-build.ts';
import { castTo } from './cast-to.ts';
import type { CompilerContext } from './compiler-context.ts';
import { countedGroups, distinctRelation } from './distinct-relation.ts';
import { castItems, commonType, mapRelation } from './map-relation.ts';
import { type QueryRelation, queryRelation } from './query-relation.ts';
import { freeName, type Relation } from './relation.ts';

type SetNode = SelectNode & { left: SelectNode; right: SelectNode; setop_type: string; setop_all: boolean };

/** UNION, INTERSECT and EXCEPT, of sets or (ALL) of rows as often as they are there. */
export async function setRelation(context: CompilerContext, node: SelectNode): Promise<QueryRelation> {
  const { left, right, setop_type: type, setop_all: all } = node as SetNode;
  const isByName = type === 'UNION_BY_NAME';
  const sidesOf = [await queryRelation(context, left), await queryRelation(context, right)] as const;
  const [first, second] = isByName ? await byName(context, ...sidesOf) : sidesOf;
  const sides = await sameColumns(context, first.relation, second.relation);
  const { names } = first;
  if (type === 'UNION' || isByName) {
    const union = unionRelation(sides);
    return { relation: all ? union : await distinctRelation(context, union), names };
  }
  return { relation: await compared(context, sides, type as 'INTERSECT' | 'EXCEPT', all), names };
}

/** Both with the columns of the first and then those that only the second has; what a side has not is NULL there. */
async function byName(
  context: CompilerContext,
  first: QueryRelation,
  second: QueryRelation,
): Promise<[QueryRelation, QueryRelation]> {
  const positionIn = ({ names }: QueryRelation, name: string) =>
    names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  const names = [...first.names, ...second.names.filter((name) => positionIn(first, name) < 0)];
  const taken = new Set<string>();
  const columns = names.map((name) => freeName(name, taken));
  const filled = async (side: QueryRelation, other: QueryRelation): Promise<QueryRelation> => {
    const items = names.map(async (name, index) => {
      const [own, others] = [positionIn(side, name), positionIn(other, name)];
      const expression =
        own >= 0
          ? column(side.relation.columns[own]!.name)
          : await castTo(context, nullValue(), other.relation.columns[others]!.type);
      return { name: columns[index]!, expression };
    });
    return { relation: await mapRelation(context, side.relation, await Promise.all(items)), names };
  };
  return [await filled(first, second), await filled(second, first)];
}

/** Both under the names of the first, with the types that DuckDB gives the union. */
async function sameColumns(context: CompilerContext, first: Relation, second: Relation): Promise<[Relation, Relation]> {
  const types = await Promise.all(
    first.columns.map(async ({ type }, index) => {
      const other = second.columns[index]!.type;
      return type === other ? type : ((await commonType(context, type, other)) ?? type);
    }),
  );
  const wanted = first.columns.map(({ name }, index) => ({ name, type: types[index]! }));
  return [await castItems(context, first, wanted), await castItems(context, second, wanted)];
}

function unionRelation(inputs: Relation[]): Relation {
  const [first] = inputs as [Relation];
  const columns = first.columns.map((one, index) => {
    const roles = inputs.map(({ columns }) => JSON.stringify(columns[index]!.role));
    return { ...one, role: roles.every((role) => role === roles[0]) ? one.role : null };
  });
  return { kind: 'union', inputs, columns, appendOnly: inputs.every(({ appendOnly }) => appendOnly), key: null };
}

/**
 * How often a row is in each side is counted. INTERSECT has the rows that are in both, EXCEPT those of the first that are not in
 * the second; ALL takes the smaller count, or what the first has more.
 */
async function compared(
  context: CompilerContext,
  sides: [Relation, Relation],
  type: 'INTERSECT' | 'EXCEPT',
  all: boolean,
): Promise<Relation> {
  const wanted = sides[0].columns;
  const taken = new Set(wanted.map(({ name }) => name.toLowerCase()));
  const side = freeName('from_first', taken);
  const tagged = await Promise.all(
    sides.map((input, index) =>
      mapRelation(context, input, [
        ...wanted.map(({ name }) => ({ name, expression: column(name) })),
        { name: side, expression: cast(text(String(index === 0)), 'BOOLEAN') },
      ]),
    ),
  );
  const [first, second] = [freeName('in_first', taken), freeName('in_second', taken)];
  const isFirst = column(side);
  const isSecond = not(isFirst);
  const groups = await countedGroups(
    context,
    unionRelation(tagged),
    wanted.map(({ name }) => name),
    [
      { name: first, filter: isFirst },
      { name: second, filter: isSecond },
    ],
  );
  const zero = cast(text('0'), 'BIGINT');
  const [a, b] = [coalesce(column(first), zero), coalesce(column(second), zero)];
  const times = type === 'INTERSECT' ? call('least', a, b) : call('greatest', call('-', a, b), zero);
  const items = wanted.map(({ name }) => ({ name, expression: column(name) }));
  if (all) {
    const repeated = freeName('repeated', taken);
    const many = await mapRelation(context, groups, [
      ...items,
      { name: repeated, expression: call('unnest', call('range', times)) },
    ]);
    return mapRelation(context, many, items);
  }
  const isThere =
    type === 'INTERSECT' ? [greater(a, zero), greater(b, zero)] : [greater(a, zero), greater(b, zero, 'COMPARE_EQUAL')];
  return mapRelation(context, groups, items, isThere);
}
