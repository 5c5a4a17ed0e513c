// A query that was made up, twice: as Millrace is asked, and as DuckDB is, for which rows that come late are left out and windows
// are spelled out. In the truth a relation whose times the watermark closes has one more column, `arrived`: the watermark of the
// batch that brought the row, before everything for rows that are never late.

import type { ViewSpec } from '@millrace/shared/spec';
import type { Draws } from './draws.ts';

export type Side = 'query' | 'truth';

/** A TIMESTAMP. Rows are final when the watermark is `at` seconds past it; null: it says nothing of that. */
export type Time = {
  name: string;
  kind: 'event' | 'start' | 'end';
  /** Length of the window; 0 of an event's time. */
  seconds: number;
  at: number | null;
  /** Both bounds of one window have the same number. */
  window: number;
};

export type Generated = {
  text(side: Side): string;
  /** Names of columns, all of them distinct. */
  numbers: string[];
  texts: string[];
  times: Time[];
  /** Rows are only ever added. */
  grows: boolean;
  /** What it is made of. */
  parts: Generated[];
};

/** What layers are made with: a relation of the depth, and what it was drawn with. */
export type Maker = Draws & { relation(depth: number): Generated; views: ViewSpec[] };

export const columnsOf = ({ numbers, texts, times }: Pick<Generated, 'numbers' | 'texts' | 'times'>): string[] => [
  ...numbers,
  ...texts,
  ...times.map(({ name }) => name),
];

const closes = (times: readonly Time[]): boolean => times.some(({ at }) => at !== null);

/** Of the columns of a row that comes from a row of `times`: when that one came. */
export const arrivedWith = (side: Side, times: readonly Time[], alias = ''): string =>
  side === 'truth' && closes(times) ? `, ${alias}arrived` : '';

/** Of rows that are made of others, none of which was late. */
export const neverLate = (side: Side, times: readonly Time[]): string =>
  side === 'truth' && closes(times) ? ", TIMESTAMP '-infinity' AS arrived" : '';

/** The time by which the rows of a key end: of its windows the one that ends first. */
export function closingOf(key: readonly Time[]): Time | null {
  const known = key.filter(({ at }) => at !== null);
  return known.toSorted((a, b) => a.seconds - b.seconds)[0] ?? null;
}

/** What the times of a key say of its rows: those that come late for the window that ends first come no more, whatever the others say. */
export function timesOfKey(key: readonly Time[]): Time[] {
  const closing = closingOf(key);
  const isSafe = (time: Time) => closing?.kind === 'event' || time.window === closing?.window;
  return key.map((time) => (time === closing || isSafe(time) ? time : { ...time, at: null }));
}

/** Rows that are not late by a time of theirs, for the truth. */
export const inTime = (side: Side, time: Time | null): string =>
  side === 'truth' && time !== null ? `${time.name} + INTERVAL '${time.at} seconds' > arrived` : 'TRUE';

/** The rows of a relation that are not late by a time of theirs, without a word of when they came. */
export function onTime(side: Side, from: Generated, time: Time | null): string {
  if (side === 'query' || time === null) return from.text(side);
  return `SELECT ${columnsOf(from).join(', ')} FROM (${from.text(side)}) WHERE ${inTime(side, time)}`;
}

/** Times that say no more when rows end. */
export const open = (times: readonly Time[]): Time[] => times.map((time) => ({ ...time, at: null }));

/** The same rows under names that nobody else has. */
export function renamed({ fresh }: Draws, from: Generated): Generated {
  const alias = fresh('r');
  const numbers = from.numbers.map(() => fresh('n'));
  const texts = from.texts.map(() => fresh('t'));
  const times = from.times.map((time) => ({ ...time, name: fresh('w') }));
  const names = [...numbers, ...texts, ...times.map(({ name }) => name)];
  const items = columnsOf(from).map((name, index) => `${name} AS ${names[index]}`);
  const text = (side: Side) =>
    `SELECT ${items.join(', ')}${arrivedWith(side, times)} FROM (${from.text(side)}) ${alias}`;
  return { ...from, text, numbers, texts, times, parts: [from] };
}
