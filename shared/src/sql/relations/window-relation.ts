import type { Column } from '../../plan/index.ts';
import { type Expression, locationOf } from '../ast.ts';
import { column } from '../ast-build.ts';
import type { WindowRef } from '../resolve-relations.ts';
import { closesAt, expandWindow, sessionLayers, type TimeRole, windowRoles } from '../windows.ts';
import { calendarWindows } from './calendar-relation.ts';
import { type CompilerContext, describeItems, refuse, withoutRoles } from './compiler-context.ts';
import { fromRelation } from './from-relation.ts';
import type { From } from './join-scope.ts';
import { allItems, filterRelation, mapRelation, withColumns } from './map-relation.ts';
import {
  columnOf,
  freeName,
  type MapRelation,
  plainColumn,
  type RecomputeRelation,
  type Relation,
} from './relation.ts';
import { createResolver } from './scope.ts';

/** tumble, hop, cumulate and session: the rows of a relation in their windows. */
export async function windowRelation(context: CompilerContext, ref: WindowRef): Promise<From> {
  const from = await fromRelation(context, ref.input!);
  const { resolve } = createResolver([], from.scope, ref.arguments);
  const { relation: timed, time } = await withTime(context, from.relation, resolve(context.windows.timeOf(ref)));
  const input = { ...from, relation: timed };
  const taken = new Set(input.relation.columns.map(({ name }) => name.toLowerCase()));
  const names = { start: freeName('window_start', taken), end: freeName('window_end', taken) };
  const relation =
    ref.name === 'session'
      ? await sessions(context, ref, input.relation, time, names, resolve)
      : await windows(context, ref, input.relation, time, names);
  const alias = ref.alias || input.scope.tables[0]?.alias || ref.name;
  const known = input.scope.tables.flatMap(({ columns }) => columns);
  const added = [
    { name: 'window_start', column: names.start, starred: true },
    { name: 'window_end', column: names.end, starred: true },
  ];
  return { relation, scope: { tables: [{ alias, columns: [...known, ...added] }], merged: input.scope.merged } };
}

/** The time of the batch becomes a column, which closes as a source's event time does. */
async function withTime(
  context: CompilerContext,
  input: Relation,
  time: Expression,
): Promise<{ relation: Relation; time: string }> {
  const plain = plainColumn(time);
  if (plain !== null) return { relation: input, time: plain };
  const { relation, names } = await withColumns(context, input, [time], 'batch_time');
  const [name] = names as [string];
  const role: TimeRole = { kind: 'eventTime' };
  const columns = relation.columns.map((one) => (one.name === name ? { ...one, role } : one));
  return { relation: { ...relation, columns } as Relation, time: name };
}

type Names = { start: string; end: string };

async function windows(
  context: CompilerContext,
  ref: WindowRef,
  input: Relation,
  time: string,
  names: Names,
): Promise<Relation> {
  const lengths = context.windows.lengthsOf(ref);
  const roles = windowRoles(ref.name, lengths, columnOf(input, time).role);
  const withRoles = (map: MapRelation): MapRelation => {
    const roleOf = new Map<string, TimeRole>([
      [names.start, roles.start],
      [names.end, roles.end],
    ]);
    return { ...map, columns: map.columns.map((one) => ({ ...one, role: roleOf.get(one.name) ?? one.role })) };
  };
  if (lengths.calendar) return withRoles(await calendarWindows(context, ref, input, time, names, lengths.calendar));
  const { starts, end, condition } = expandWindow(ref.name, column(time), lengths, names.start);
  const started = withRoles(
    await mapRelation(context, input, [...allItems(input), { name: names.start, expression: starts }]),
  );
  const ended = withRoles(
    await mapRelation(context, started, [...allItems(started), { name: names.end, expression: end }]),
  );
  // Every row is in at least one window.
  const whole = { ...ended, input: { ...started, drops: false }, drops: false };
  const filtered = await filterRelation(context, whole, condition === null ? [] : [condition(names.end)]);
  return filtered.kind === 'map' ? { ...filtered, drops: false } : filtered;
}

/**
 * Rows of a key that lie less than the gap apart are one session. Its bounds change as rows come, so every row of it is put
 * out anew; once the watermark has passed the end nothing can be added to it.
 */
async function sessions(
  context: CompilerContext,
  ref: WindowRef,
  input: Relation,
  time: string,
  names: Names,
  resolve: (tree: WindowRef['arguments'][number]) => WindowRef['arguments'][number],
): Promise<Relation> {
  const keys = ref.arguments.slice(3).map((argument) => {
    const key = plainColumn(resolve(argument));
    return key ?? refuse('The keys of session must be columns.', 'Compute them in a subquery.', locationOf(argument));
  });
  const lengths = context.windows.lengthsOf(ref);
  const taken = new Set([...input.columns.map(({ name }) => name.toLowerCase()), names.start, names.end]);
  const inner = { isFirst: freeName('session_begins', taken), number: freeName('session_number', taken) };
  const layers = sessionLayers(time, keys, lengths.sizeMicros, { ...names, ...inner });
  const typed: Column[][] = [];
  for (const layer of layers) typed.push(await describeItems(context, [...input.columns, ...typed.flat()], layer));
  const closing = closesAt(columnOf(input, time).role);
  const roles = windowRoles('session', lengths, columnOf(input, time).role);
  // A session's length is not known from its start.
  const bounds = typed.at(-1)!.map((one, index) => ({ ...one, role: index === 0 ? null : roles.end }));
  const relation: RecomputeRelation = {
    ...{ kind: 'recompute', what: `sessions${keys.length > 0 ? ` by ${keys.join(', ')}` : ''}`, input, keys },
    ...{ layers: layers.slice(0, -1), items: [...allItems(input), ...layers.at(-1)!] },
    columns: [...withoutRoles(input.columns), ...bounds],
    ...{ appendOnly: false, key: input.key, grouped: false, qualify: [], keepsOnlyResults: true, countsLate: true },
    closing:
      closing === null
        ? null
        : {
            input: { column: time, toEndMicros: closing },
            result: { column: names.end, toEndMicros: closesAt(roles.end)! },
          },
  };
  return relation;
}
