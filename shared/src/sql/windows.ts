import { type Expression, isBaseTable, isJoin, isSubquery, type SelectNode, type TableRef } from './ast.ts';
import {
  call,
  cast,
  coalesce,
  column,
  greater,
  named,
  notAtOrBefore,
  over,
  select,
  star,
  subquery,
  text,
} from './ast-build.ts';
import type { Calendar } from './calendar-windows.ts';
import { intervalText } from './interval-size.ts';
import { isWindow, type WindowFunction, type WindowRef } from './resolve-relations.ts';
import { rewriteSubqueries } from './rewrite-subqueries.ts';

/** What a column of a relation is to event time. */
export type TimeRole = {
  /** Rows may come, or change, for so much longer than the time itself says: those of a join wait for the other side. */
  lagMicros?: number;
} & (
  | { kind: 'eventTime' }
  /** `onWatermark`: windows of the source's watermark column, so the watermark closes them. */
  | {
      kind: 'windowStart' | 'windowEnd';
      sizeMicros: number;
      onWatermark: boolean;
      /** Name of a calendar, whose windows are of different lengths: the size is that of the longest, so only the end tells exactly. */
      varies?: string;
    }
);

/** How long after the value of a column its row can still change, in µs of event time; null: for ever, or it is not known. */
export function closesAt(role: TimeRole | null): number | null {
  if (role === null) return null;
  const lag = role.lagMicros ?? 0;
  if (role.kind === 'eventTime') return lag;
  return role.onWatermark ? lag + (role.kind === 'windowStart' ? role.sizeMicros : 0) : null;
}

/** Whether the watermark closes rows just when they end, not when they have at the latest. */
export const isExact = (role: TimeRole): boolean => !(role.kind === 'windowStart' && role.varies);

/** The role of a column whose rows may change until the watermark is so much past it. */
export function roleClosingAt(role: TimeRole, atMicros: number): TimeRole {
  const lagMicros = atMicros - (role.kind === 'windowStart' ? role.sizeMicros : 0);
  const { lagMicros: _, ...bare } = role;
  return lagMicros === 0 ? bare : { ...bare, lagMicros };
}

export type WindowScope = {
  lengthsOf(ref: WindowRef): WindowLengths;
  /** The time of a row: a column, or the time of the batch as a TIMESTAMP. */
  timeOf(ref: WindowRef): Expression;
  /** Some windows are of the time of the batch, and so all that closes does it by that. */
  byBatchTime: boolean;
};

/** Of tumbling windows both are the same; of sessions both are the gap. */
export type WindowLengths = {
  sizeMicros: number;
  slideMicros: number;
  offsetMicros: number;
  /** Windows of days or months, whose lengths vary: what stands above is the longest. */
  calendar?: Calendar;
};

/** Each row is counted in all of its windows. */
export const WINDOWS_PER_ROW_MAX = 1_000;

/**
 * Without an origin time_bucket counts from Monday 2000-01-03, which lies on the Unix epoch's grid for every size
 * that divides this distance; naming the origin costs 7 % of a map task, so only the other sizes do.
 */
const DEFAULT_ORIGIN_MICROS = 946_857_600_000_000;

/** Replaces every window function in FROM by a subquery that has the same columns, so that DuckDB can bind the query. */
export function expandWindows(node: SelectNode, scope: WindowScope): SelectNode {
  if (node.type === 'SET_OPERATION_NODE') {
    const [left, right] = [node.left, node.right] as [SelectNode, SelectNode];
    return { ...node, left: expandWindows(left, scope), right: expandWindows(right, scope) };
  }
  if (node.type !== 'SELECT_NODE') return node;
  const expanded = expandSubqueries({ ...node, from_table: expandFrom(node.from_table, scope) }, scope);
  return expanded;
}

function expandFrom(ref: TableRef, scope: WindowScope): TableRef {
  if (isSubquery(ref)) {
    return { ...ref, subquery: { ...ref.subquery, node: expandWindows(ref.subquery.node, scope) } } as never;
  }
  if (isJoin(ref)) return { ...ref, left: expandFrom(ref.left, scope), right: expandFrom(ref.right, scope) } as never;
  if (!isWindow(ref)) return ref;
  const input = expandFrom(ref.input!, scope);
  const alias = ref.alias || nameOf(input, ref);
  const { starts, end } = typedWindow(ref.name, scope.timeOf(ref), scope.lengthsOf(ref));
  const started = subquery(select([star(), named(starts, 'window_start')], input), nameOf(input, ref));
  return subquery(select([star(), named(end, 'window_end')], started), alias, ref.column_name_alias as string[]);
}

/** Only names and types of the columns are asked for: windows of a calendar have those of any other. */
function typedWindow(
  name: WindowFunction,
  time: Expression,
  lengths: WindowLengths,
): Pick<ExpandedWindow, 'starts' | 'end'> {
  if (lengths.calendar === undefined) return expandWindow(name, time, lengths, 'window_start');
  const start = cast(call('time_bucket', interval(lengths.sizeMicros), time), 'TIMESTAMP');
  return { starts: start, end: call('+', column('window_start'), interval(lengths.sizeMicros)) };
}

/** Those in expressions. */
function expandSubqueries(node: SelectNode, scope: WindowScope): SelectNode {
  const { from_table, ...clauses } = node;
  return { ...rewriteSubqueries(clauses, (inner) => expandWindows(inner, scope)), from_table } as SelectNode;
}

/** What columns of the input may be qualified with. */
const nameOf = (input: TableRef, { name }: WindowRef): string =>
  isBaseTable(input) ? input.alias || input.table_name : isSubquery(input) && input.alias !== '' ? input.alias : name;

const interval = (micros: number): Expression => cast(text(intervalText(micros)), 'INTERVAL');

/** The start of the last window that begins at the row's time or before, aligned to so much after the Unix epoch. */
function lastStart(time: Expression, slideMicros: number, offsetMicros: number): Expression {
  const epoch = cast(text('1970-01-01'), 'TIMESTAMP');
  const pinned = DEFAULT_ORIGIN_MICROS % slideMicros !== 0 || offsetMicros !== 0;
  const origin = offsetMicros === 0 ? epoch : call('+', epoch, interval(offsetMicros));
  return call('time_bucket', interval(slideMicros), time, ...(pinned ? [origin] : []));
}

export type ExpandedWindow = {
  /** window_start of each window of a row. */
  starts: Expression;
  /** window_end, over a relation that has window_start. */
  end: Expression;
  /** Rows are in a window only where this holds; null: they are in all of them. */
  condition: ((end: string) => Expression) | null;
};

/** window_start and window_end, where `time` is the row's time and `start` the column that window_start becomes. */
export function expandWindow(
  name: WindowFunction,
  time: Expression,
  { sizeMicros, slideMicros, offsetMicros }: WindowLengths,
  start: string,
): ExpandedWindow {
  const ended = call('+', column(start), interval(sizeMicros));
  switch (name) {
    case 'tumble':
      return { starts: lastStart(time, sizeMicros, offsetMicros), end: ended, condition: null };
    case 'hop': {
      const last = lastStart(time, slideMicros, offsetMicros);
      const starts = Array.from({ length: Math.ceil(sizeMicros / slideMicros) }, (_, back) =>
        back === 0 ? last : call('-', last, interval(back * slideMicros)),
      );
      // Of sizes that the slide does not divide, the earliest window may have ended before the row.
      const condition = (end: string) => notAtOrBefore(column(end), time);
      return {
        starts: call('unnest', call('list_value', ...starts)),
        end: ended,
        condition: sizeMicros % slideMicros === 0 ? null : condition,
      };
    }
    case 'cumulate': {
      const ends = Array.from({ length: Math.ceil(sizeMicros / slideMicros) }, (_, step) =>
        call('+', column(start), interval(Math.min((step + 1) * slideMicros, sizeMicros))),
      );
      return {
        starts: lastStart(time, sizeMicros, offsetMicros),
        end: call('unnest', call('list_value', ...ends)),
        condition: (end) => notAtOrBefore(column(end), time),
      };
    }
    case 'session':
      return { starts: time, end: ended, condition: null };
    default:
      return name satisfies never;
  }
}

/** Roles of the two columns, by that of the time. */
export function windowRoles(
  name: WindowFunction,
  { sizeMicros, slideMicros, calendar }: WindowLengths,
  time: TimeRole | null,
): { start: TimeRole; end: TimeRole } {
  const closing = closesAt(time);
  const onWatermark = closing !== null;
  const endMicros = name === 'cumulate' ? slideMicros : sizeMicros;
  const more = { ...(closing ? { lagMicros: closing } : {}), ...(calendar ? { varies: calendar.name } : {}) };
  return {
    start: { kind: 'windowStart', sizeMicros, onWatermark, ...more },
    end: { kind: 'windowEnd', sizeMicros: endMicros, onWatermark, ...more },
  };
}

/** Over the rows of each key in order of time: which of them begin a session, the number of each row's session, and its bounds. */
export function sessionLayers(
  time: string,
  keys: readonly string[],
  gapMicros: number,
  names: { start: string; end: string; isFirst: string; number: string },
): { name: string; expression: Expression }[][] {
  const partition = keys.map((key) => column(key));
  const inOrder = { partition, order: [column(time)] };
  const previous = over('lag', [column(time)], inOrder);
  const isFirst = cast(
    greater(call('+', previous, interval(gapMicros)), column(time), 'COMPARE_LESSTHANOREQUALTO'),
    'INTEGER',
  );
  const session = { partition: [...partition, column(names.number)], order: [] };
  return [
    [{ name: names.isFirst, expression: coalesce(isFirst, cast(text('1'), 'INTEGER')) }],
    [{ name: names.number, expression: over('sum', [column(names.isFirst)], inOrder) }],
    [
      { name: names.start, expression: over('min', [column(time)], session) },
      { name: names.end, expression: call('+', over('max', [column(time)], session), interval(gapMicros)) },
    ],
  ];
}
