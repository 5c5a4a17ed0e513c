import { type BaseTable, type ColumnRef, type Expression, isColumnRef, type JoinRef, locationOf } from '../ast.ts';
import { closesAt } from '../windows.ts';
import { type CompilerContext, refuse } from './compiler-context.ts';
import { equationOf, sameType } from './join-relation.ts';
import { type From, joinedOn, namesApart, renamedScope } from './join-scope.ts';
import { filterRelation, withColumns } from './map-relation.ts';
import {
  type Closing,
  columnOf,
  type JoinKey,
  plainColumn,
  type Relation,
  type RelationColumn,
  type SourceRelation,
  type TemporalRelation,
} from './relation.ts';
import { meaningOf } from './scope.ts';

/** `left JOIN right AT (TIMESTAMP => left.time)`: each row with the version that the row of its key had then. */
export async function temporalFrom(context: CompilerContext, left: From, right: From, ref: JoinRef): Promise<From> {
  const versions = right.relation as SourceRelation;
  const renamed = namesApart(left.relation, versions);
  const { type, scope, conditions } = joinedOn(ref, left.scope, renamedScope(right.scope, renamed));
  if ((type !== 'inner' && type !== 'left') || ref.ref_type === 'ASOF')
    return refuse(
      'Only JOIN and LEFT JOIN can read as of a time.',
      'Write JOIN … AT (TIMESTAMP => …) ON ….',
      locationOf(ref.right),
    );
  if (!left.relation.appendOnly)
    return refuse(
      'What is joined as of a time must be rows that only come.',
      'Join the source itself, and aggregate behind the join.',
      locationOf(ref.right),
    );
  const time = timeOf(left, ref.right as BaseTable);
  const columns = versions.columns.map((one) => ({ ...one, name: renamed.get(one.name)!, role: null }));
  const sides = { left: left.relation, right: { ...versions, columns } };
  const named = new Map([...renamed].map(([from, name]) => [name, from]));
  const { rows, keys, rest } = await keysOf(context, sides, named, conditions);
  const missing = versions.key!.filter((name) => !keys.some((key) => key.right === name));
  if (missing.length > 0 || (type === 'left' && rest.length > 0))
    return refuse(
      missing.length > 0
        ? `The join with ${versions.source.name} as of a time does not say which ${missing.join(', ')}.`
        : 'A left join as of a time takes no conditions but for the key.',
      `Write ON with an equation for ${versions.key!.join(' and ')} alone; put other conditions into WHERE.`,
      locationOf(ref.right),
    );
  const relation: TemporalRelation = {
    ...{ kind: 'temporal', type, left: rows, right: versions, keys, time, key: left.relation.key, appendOnly: false },
    found: [...renamed].map(([from, name]) => ({ name, from })),
    columns: [...rolesFor(time, rows), ...columns],
  };
  return { relation: await filterRelation(context, relation, rest), scope };
}

/** The time is one that the watermark closes: rows are final then. */
function timeOf(left: From, { at_clause }: BaseTable): Closing {
  const { unit, expr } = at_clause!;
  const meaning = isColumnRef(expr) ? meaningOf(expr as ColumnRef, left.scope) : null;
  const name = meaning === null ? null : plainColumn(meaning);
  const role = name === null ? null : (columnOf(left.relation, name)?.role ?? null);
  const toEndMicros = closesAt(role);
  if (unit !== 'TIMESTAMP' || name === null || role?.kind !== 'eventTime' || toEndMicros === null)
    return refuse(
      'AT needs the watermark column of the rows that it is joined with.',
      'Write AT (TIMESTAMP => o.ts), where ts is the watermark column of o.',
      locationOf(expr),
    );
  return { column: name, toEndMicros };
}

type Keys = { rows: Relation; keys: JoinKey[]; rest: Expression[] };

/** Equations between a row's key and what the left side says of it. */
async function keysOf(
  context: CompilerContext,
  sides: { left: Relation; right: Relation },
  named: ReadonlyMap<string, string>,
  conditions: readonly Expression[],
): Promise<Keys> {
  const found: Keys = { rows: sides.left, keys: [], rest: [] };
  const taken = new Set([...sides.left.columns, ...sides.right.columns].map(({ name }) => name.toLowerCase()));
  for (const condition of conditions) {
    const equation = equationOf(condition, sides);
    const right = equation && plainColumn(equation.right);
    const from = right == null ? undefined : named.get(right);
    if (equation === null || from === undefined || equation.nullsMatch || !sides.right.key!.includes(from)) {
      found.rest.push(condition);
      continue;
    }
    const typed = await sameType(context, equation, sides);
    if (typed.right !== equation.right)
      refuse(
        `A key of another type than ${from} is compared with it.`,
        'Cast the other side to its type.',
        locationOf(condition),
      );
    const { relation, names } = await withColumns(context, found.rows, [typed.left], 'join_key', taken);
    found.rows = relation;
    found.keys.push({ left: names[0]!, right: from, nullsMatch: false });
  }
  return found;
}

/** What closes before the time it is joined as of may change after that. */
function rolesFor(time: Closing, { columns }: Relation): RelationColumn[] {
  const alone = columns.every(({ name, role }) => role?.kind !== 'eventTime' || name === time.column);
  return columns.map((one) => ({ ...one, role: alone || one.name === time.column ? one.role : null }));
}
