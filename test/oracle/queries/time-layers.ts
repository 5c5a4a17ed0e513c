// Windows of event time.

import { base } from './base-layers.ts';
import {
  arrivedWith,
  columnsOf,
  type Generated,
  inTime,
  type Maker,
  neverLate,
  type Side,
  type Time,
} from './generated.ts';

/** A relation that has times, and one of them. */
function timed(maker: Maker, depth: number): { from: Generated; time: Time } {
  const drawn = maker.relation(depth - 1);
  const from = drawn.times.length > 0 ? drawn : base(maker, true);
  return { from, time: maker.pick(from.times) };
}

/** tumble, hop and cumulate. */
export function windowed(maker: Maker, depth: number): Generated {
  const { pick, fresh, chance } = maker;
  const { from, time } = timed(maker, depth);
  const [start, end, q] = [fresh('w'), fresh('w'), fresh('q')];
  const shift = chance(0.2) ? 1 + maker.below(3) : 0;
  const { call, step, size, isHop } = pick([
    { call: 'tumble', step: 10, size: 10, isHop: false },
    { call: 'tumble', step: 7, size: 7, isHop: false },
    { call: 'hop', step: 4, size: 8, isHop: true },
    { call: 'hop', step: 4, size: 10, isHop: true },
    { call: 'cumulate', step: 5, size: 15, isHop: false },
    { call: 'cumulate', step: 4, size: 10, isHop: false },
  ]);
  const lengths = call === 'tumble' ? [size] : [step, size];
  const args = [...lengths, ...(shift > 0 ? [shift] : [])].map((one) => `INTERVAL '${one} seconds'`).join(', ');
  const window = maker.below(1_000_000);
  const { at } = time;
  const times: Time[] = [
    ...from.times,
    { name: start, kind: 'start', seconds: size, at: at === null ? null : at + size, window },
    { name: end, kind: 'end', seconds: call === 'cumulate' ? step : size, at, window },
  ];
  const own = columnsOf(from).join(', ');
  const origin = `TIMESTAMP '1970-01-01' + INTERVAL '${shift} seconds'`;
  const spelled = (side: Side): string => {
    const rows = `(${from.text(side)}) ${q}`;
    const came = arrivedWith(side, from.times);
    const first = `time_bucket(INTERVAL '${isHop ? step : size} seconds', ${time.name}, ${origin})`;
    const many = call === 'tumble' ? [0] : Array.from({ length: Math.ceil(size / step) }, (_, index) => index);
    const at = isHop ? `${first} - to_seconds(${step} * nth)` : first;
    const length = call === 'cumulate' ? `least(${step} * (nth + 1), ${size})` : `${size}`;
    const all = `SELECT ${own}${came}, ${at} AS ${start}, ${start} + to_seconds(${length}) AS ${end} FROM (SELECT *, unnest([${many.join(', ')}]) AS nth FROM ${rows})`;
    return `SELECT * FROM (${all}) WHERE ${time.name} IS NULL OR (${time.name} >= ${start} AND ${time.name} < ${end})`;
  };
  const text = (side: Side): string =>
    side === 'query'
      ? `SELECT ${own}, window_start AS ${start}, window_end AS ${end} FROM ${call}((${from.text(side)}), ${time.name}, ${args}) ${q}`
      : `SELECT ${own}, ${start}, ${end}${arrivedWith(side, times)} FROM (${spelled(side)})`;
  return { text, numbers: from.numbers, texts: from.texts, times, grows: from.grows, parts: [from] };
}

export function sessions(maker: Maker, depth: number): Generated {
  const { fresh, pick, chance } = maker;
  const { from, time } = timed(maker, depth);
  const [start, end, q] = [fresh('w'), fresh('w'), fresh('q')];
  const gap = 1 + maker.below(4);
  const keys = chance(0.8) ? [pick([...from.numbers, ...from.texts])] : [];
  const own = columnsOf(from).join(', ');
  const window = maker.below(1_000_000);
  const times: Time[] = [
    ...from.times.map((one) => ({ ...one, at: null })),
    { name: start, kind: 'start', seconds: gap, at: null, window },
    { name: end, kind: 'end', seconds: gap, at: time.at, window: window + 0.5 },
  ];
  const partition = (more: string[]) => [...keys, ...more].join(', ');
  const by = (more: string[] = []) => (partition(more) === '' ? '' : `PARTITION BY ${partition(more)} `);
  const seconds = `INTERVAL '${gap} seconds'`;
  const spelled = (side: Side): string => {
    const late = time.at === null ? '' : ` WHERE ${inTime(side, time)}`;
    const rows = `SELECT ${own} FROM (${from.text(side)})${late}`;
    const first = `SELECT *, coalesce((lag(${time.name}) OVER (${by()}ORDER BY ${time.name}) + ${seconds} <= ${time.name})::INTEGER, 1) AS f FROM (${rows})`;
    const numbered = `SELECT *, sum(f) OVER (${by()}ORDER BY ${time.name}) AS s FROM (${first})`;
    return `SELECT ${own}, min(${time.name}) OVER (${by(['s'])}) AS ${start}, max(${time.name}) OVER (${by(['s'])}) + ${seconds} AS ${end}${neverLate(side, times)} FROM (${numbered})`;
  };
  const text = (side: Side): string =>
    side === 'truth'
      ? spelled(side)
      : `SELECT ${own}, window_start AS ${start}, window_end AS ${end} FROM session((${from.text(side)}), ${[time.name, seconds, ...keys].join(', ')}) ${q}`;
  return { text, numbers: from.numbers, texts: from.texts, times, grows: false, parts: [from] };
}
