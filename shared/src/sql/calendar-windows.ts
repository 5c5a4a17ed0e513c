// Windows of days, weeks, months and years of a calendar: as long as the clocks of a zone make them. Text of SQL, because the
// expressions are long; each layer adds columns that the next ones read.

import type { WindowFunction } from './resolve-relations.ts';
import { clockSql, instantSql, type LookUp, lookUpLayers, type ZoneRules } from './zone-rules.ts';

/** Whole months, or whole days. */
export type CalendarLength = { unit: 'months' | 'days'; count: number };

export type Calendar = {
  /** Equal for the same windows, for what is kept of them. */
  name: string;
  /** Null: UTC. */
  zone: ZoneRules | null;
  size: CalendarLength;
  /** The slide of hop or the step of cumulate; of `cumulate` it may be a part of a day, in µs. */
  slide: CalendarLength | number;
  /** How much later than midnight of their first day windows begin, by the clock. */
  offsetMicros: number;
};

const DAYS_OF_WEEK = 7;
const MONTH_DAYS = 31;
const DAY_MICROS = 86_400_000_000;
/** A window may be longer than its days by what clocks are put back; a day at most. */
const CLOCK_STEP_MICROS = DAY_MICROS;

/** How long a window can be. */
export const longestMicros = ({ unit, count }: CalendarLength): number =>
  count * (unit === 'months' ? MONTH_DAYS : 1) * DAY_MICROS + CLOCK_STEP_MICROS;

/** How many of `part` are in `whole`, at most. */
export const partsIn = (whole: CalendarLength, part: CalendarLength | number): number =>
  typeof part === 'number'
    ? Math.ceil(longestMicros(whole) / part)
    : part.unit === whole.unit
      ? Math.ceil(whole.count / part.count)
      : Math.ceil((whole.count * MONTH_DAYS) / part.count);

export const lengthText = (length: CalendarLength | number): string =>
  typeof length === 'number' ? `${length} µs` : `${length.count} ${length.unit}`;

const interval = (length: CalendarLength): string => `INTERVAL '${lengthText(length)}'`;
const micros = (amount: number): string => `to_microseconds(${amount})`;

/** Weeks begin on Mondays, other numbers of days are counted from 1970-01-01. */
const originOf = ({ unit, count }: CalendarLength): string =>
  unit === 'days' && count % DAYS_OF_WEEK === 0 ? '1970-01-05' : '1970-01-01';

const startOf = (clock: string, length: CalendarLength, offsetMicros: number): string => {
  const shifted = offsetMicros === 0 ? clock : `${clock} - ${micros(offsetMicros)}`;
  return `time_bucket(${interval(length)}, ${shifted}, TIMESTAMP '${originOf(length)}')`;
};

export type Layer = { name: string; sql: string }[];

/**
 * Layers over a relation with the column `time` (all names as SQL), the last of which have the columns `start` and `end`. `name`
 * gives names to columns that are of no further use.
 */
export function calendarLayers(
  window: Exclude<WindowFunction, 'session'>,
  time: string,
  { zone, size, slide, offsetMicros }: Calendar,
  { start, end, name }: { start: string; end: string; name: (wanted: string) => string },
): Layer[] {
  const lookUp = (of: string): LookUp => ({
    ...{ piece: name(`${of}_piece`), change: name(`${of}_change`) },
    ...{ before: name(`${of}_before`), after: name(`${of}_after`) },
  });
  const [now, atStart, atEnd] = [lookUp('now'), lookUp('start'), lookUp('end')];
  /** What clocks show at the bounds of a window, less the offset. */
  const [first, last, step] = [name('first'), name('last'), name('step')];
  const utc = `CAST(${time} AS TIMESTAMP)`;
  const shifted = (at: string) => (offsetMicros === 0 ? at : `(${at} + ${micros(offsetMicros)})`);
  const clock = zone ? clockSql(utc, now) : utc;
  const instant = (shown: string, at: LookUp) => (zone ? instantSql(shifted(shown), at) : shifted(shown));
  const layers: Layer[] = zone ? lookUpLayers(utc, zone.utc, now) : [];
  if (window === 'hop' && typeof slide !== 'number') {
    const starts = Array.from({ length: partsIn(size, slide) }, (_, back) =>
      back === 0 ? step : `${step} - ${interval({ ...slide, count: back * slide.count })}`,
    );
    layers.push(
      [{ name: step, sql: startOf(clock, slide, offsetMicros) }],
      [{ name: first, sql: `unnest([${starts.join(', ')}])` }],
    );
  } else layers.push([{ name: first, sql: startOf(clock, size, offsetMicros) }]);
  const whole = `${first} + ${interval(size)}`;
  const stepsOf = (count: string): Layer => [
    { name: step, sql: `unnest(range(1, coalesce(CAST(ceil(${count}) AS BIGINT), 1) + 1))` },
  ];
  if (window === 'cumulate' && typeof slide !== 'number') {
    const part = slide.unit === 'months' ? 'month' : 'day';
    layers.push(stepsOf(`date_diff('${part}', ${first}, ${whole}) / ${slide.count}`));
    layers.push([{ name: last, sql: `least(${first} + ${step} * ${interval(slide)}, ${whole})` }]);
  } else layers.push([{ name: last, sql: whole }]);
  if (zone) {
    const starting = lookUpLayers(shifted(first), zone.clock, atStart);
    const ending = lookUpLayers(shifted(last), zone.clock, atEnd);
    layers.push(...starting.map((layer, index) => [...layer, ...ending[index]!]));
  }
  layers.push([
    { name: start, sql: instant(first, atStart) },
    { name: end, sql: instant(last, atEnd) },
  ]);
  if (window === 'cumulate' && typeof slide === 'number') {
    layers.push(stepsOf(`(epoch_us(${end}) - epoch_us(${start})) / ${slide}`));
    layers.push([{ name: end, sql: `least(${start} + to_microseconds(${step} * ${slide}), ${end})` }]);
  }
  return layers;
}
