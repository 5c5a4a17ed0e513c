import { column, notAtOrBefore } from '../ast-build.ts';
import { type Calendar, calendarLayers } from '../calendar-windows.ts';
import { identifier } from '../quote.ts';
import type { WindowFunction, WindowRef } from '../resolve-relations.ts';
import { parseExpressions } from '../sql-text.ts';
import type { CompilerContext } from './compiler-context.ts';
import { allItems, mapRelation } from './map-relation.ts';
import { freeName, type MapRelation, type Relation } from './relation.ts';

/** The rows of a relation in windows of a calendar; of the columns that are computed on the way only the bounds are left. */
export async function calendarWindows(
  context: CompilerContext,
  ref: WindowRef,
  input: Relation,
  time: string,
  bounds: { start: string; end: string },
  calendar: Calendar,
): Promise<MapRelation> {
  const taken = new Set([...input.columns.map((one) => one.name.toLowerCase()), bounds.start, bounds.end]);
  const plain = new Map(Object.values(bounds).map((name) => [identifier(name), name]));
  const name = (wanted: string): string => {
    const free = freeName(`window_${wanted}`, taken);
    plain.set(identifier(free), free);
    return identifier(free);
  };
  const window = ref.name as Exclude<WindowFunction, 'session'>;
  const names = { start: identifier(bounds.start), end: identifier(bounds.end), name };
  let relation: Relation = input;
  for (const layer of calendarLayers(window, identifier(time), calendar, names)) {
    const sqls = layer.map(({ sql }) => sql);
    const expressions = await parseExpressions(sqls, context.frontend);
    const added = layer.map((one, index) => ({
      ...{ name: plain.get(one.name)!, expression: expressions[index]! },
      // The rules of a zone may be told anew, for years to come: the windows that there are stay.
      means: `${ref.name} of ${calendar.name} over ${time}`,
    }));
    const kept = allItems(relation).filter((item) => !added.some((one) => one.name === item.name));
    // Every row is in at least one window.
    relation = { ...(await mapRelation(context, relation, [...kept, ...added])), drops: false };
  }
  const items = [
    ...allItems(input),
    ...Object.values(bounds).map((bound) => ({ name: bound, expression: column(bound) })),
  ];
  // Of hop the earliest window, of cumulate the shorter ones may have ended before the row.
  const conditions = window === 'tumble' ? [] : [notAtOrBefore(column(bounds.end), column(time))];
  return { ...(await mapRelation(context, relation, items, conditions)), drops: false };
}
