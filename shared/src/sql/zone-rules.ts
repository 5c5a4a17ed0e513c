// The clocks of a time zone as numbers that stand in the plan: whatever an executor's own tables of zones say, every task and
// every replay reckons with the same.

import type { SqlFrontend } from './frontend.ts';
import { literal } from './quote.ts';

/**
 * A time is cut into pieces of `pieceSeconds` from `firstSeconds` on, in each of which the offset from UTC (seconds) changes at most
 * once: in piece i at `changes[i]` from `offsets[i]` to `offsets[i + 1]`.
 */
type Pieces = { firstSeconds: number; pieceSeconds: number; changes: number[]; offsets: number[] };

/** Of UTC, to tell what the clocks show, and of what they show, to tell when. */
export type ZoneRules = { utc: Pieces; clock: Pieces };

const DAY_SECONDS = 86_400;
/** Before and after these the first and the last offset hold. A hundred years are 285 pieces in most zones. */
const FIRST_SECONDS = 0;
const LAST_SECONDS = Date.UTC(2070, 0) / 1_000;
/** Of pieces, in days, longest first: fewer pieces are less text. */
const PIECE_DAYS = [256, 192, 160, 128, 112, 96, 80, 64, 48, 32, 28, 24, 20, 16, 12, 8, 4, 2, 1];
/** A change that never comes: in 2255. */
const NEVER_SECONDS = 9e9;
/** How changes are found, in seconds: each step looks within what the one before has found. */
const SEARCH_STEPS = [DAY_SECONDS, 3_600, 60, 1];

const neverChanging = (offset: number): Pieces => ({
  firstSeconds: FIRST_SECONDS,
  pieceSeconds: LAST_SECONDS - FIRST_SECONDS,
  changes: [NEVER_SECONDS],
  offsets: [offset, offset],
});

/** As the frontend's engine knows the zone; null: it knows none of that name. */
export async function zoneRules(zone: string, frontend: SqlFrontend): Promise<ZoneRules | null> {
  const known = await frontend.evaluate(`SELECT timezone(${literal(zone)}, to_timestamp(0))`);
  if (!known.ok) return null;
  const first = await offsetsAt(zone, [FIRST_SECONDS], 1, 0, frontend);
  let found = [{ from: FIRST_SECONDS, until: LAST_SECONDS, before: first[0]!, after: first[0]! }];
  for (const step of SEARCH_STEPS) found = await narrowed(zone, found, step, frontend);
  const changes = found.map(({ until, before, after }) => ({ at: until, before, after }));
  const onClocks = changes.map(({ at, before, after }) => ({ at: at + before, before, after }));
  return { utc: cutIntoPieces(first[0]!, changes), clock: cutIntoPieces(first[0]!, onClocks) };
}

/** Spans between whose ends the offset differs (or, at first, everything), cut at `step`. */
type Span = { from: number; until: number; before: number; after: number };

async function narrowed(zone: string, spans: readonly Span[], step: number, frontend: SqlFrontend): Promise<Span[]> {
  if (spans.length === 0) return [];
  const steps = (spans[0]!.until - spans[0]!.from) / step;
  const starts = spans.map(({ from }) => from);
  const offsets = await offsetsAt(zone, starts, steps, step, frontend);
  return spans.flatMap(({ from }, index) => {
    const own = offsets.slice(index * (steps + 1), (index + 1) * (steps + 1));
    return own.flatMap((after, at) => {
      const before = own[at - 1] ?? after;
      return before === after ? [] : [{ from: from + (at - 1) * step, until: from + at * step, before, after }];
    });
  });
}

/** Offsets at each start and at so many steps after it. */
async function offsetsAt(
  zone: string,
  starts: readonly number[],
  steps: number,
  stepSeconds: number,
  frontend: SqlFrontend,
): Promise<number[]> {
  const moments = `SELECT s + i * ${stepSeconds} AS m FROM (SELECT unnest([${starts.join(', ')}]::BIGINT[]) AS s), range(0, ${steps + 1}) AS r(i)`;
  const offset = `CAST(epoch(timezone(${literal(zone)}, to_timestamp(m))) AS BIGINT) - m`;
  const answer = await frontend.evaluate(`SELECT to_json(list(${offset} ORDER BY m)) FROM (${moments})`);
  if (!answer.ok) throw new Error(`the offsets of ${zone} cannot be told: ${answer.error.message}`);
  return JSON.parse(answer.values[0]!) as number[];
}

type Change = { at: number; before: number; after: number };

function cutIntoPieces(firstOffset: number, changes: readonly Change[]): Pieces {
  if (changes.length === 0) return neverChanging(firstOffset);
  for (const days of PIECE_DAYS) {
    const pieceSeconds = days * DAY_SECONDS;
    for (let phase = 0; phase < days; phase++) {
      const firstSeconds = FIRST_SECONDS - phase * DAY_SECONDS;
      const pieceOf = ({ at }: Change) => Math.floor((at - firstSeconds) / pieceSeconds);
      const byPiece = new Map(changes.map((change) => [pieceOf(change), change]));
      if (byPiece.size < changes.length) continue;
      const pieces: Pieces = { firstSeconds, pieceSeconds, changes: [], offsets: [firstOffset] };
      for (let piece = 0; piece <= pieceOf(changes.at(-1)!); piece++) {
        pieces.changes.push(byPiece.get(piece)?.at ?? NEVER_SECONDS);
        pieces.offsets.push(byPiece.get(piece)?.after ?? pieces.offsets.at(-1)!);
      }
      return pieces;
    }
  }
  throw new Error('the clocks of a time zone change twice a day');
}

/** Names of columns for a time that is looked up in the rules. */
export type LookUp = Readonly<Record<'piece' | 'change' | 'before' | 'after', string>>;

/** Columns of the rule for a TIMESTAMP, in µs: when the offset changes, and what it is before and after. */
export function lookUpLayers(
  time: string,
  pieces: Pieces,
  { piece, ...names }: LookUp,
): { name: string; sql: string }[][] {
  const { firstSeconds, pieceSeconds, changes, offsets } = pieces;
  const number = `(epoch_us(${time}) - ${firstSeconds * 1e6}) // ${pieceSeconds * 1e6}`;
  const pick = (values: readonly number[]) => `CAST('[${values.join(',')}]' AS BIGINT[])[${piece}] * 1000000`;
  return [
    [{ name: piece, sql: `greatest(0, least(${changes.length - 1}, ${number})) + 1` }],
    [
      { name: names.change, sql: pick(changes) },
      { name: names.before, sql: pick(offsets.slice(0, -1)) },
      { name: names.after, sql: pick(offsets.slice(1)) },
    ],
  ];
}

// A time that is not known has a rule, since least and greatest pass over NULL, but CASE finds no other time for it.

/**
 * What the clocks show at a UTC time; but where they are put back they stand still, so that they never show less than before:
 * a day is then one span of time, even where clocks are put back over midnight.
 */
export function clockSql(time: string, { change, before, after }: LookUp): string {
  const at = `epoch_us(${time})`;
  return `make_timestamp(CASE WHEN ${at} < ${change} THEN ${at} + ${before} WHEN ${at} >= ${change} THEN greatest(${at} + ${after}, ${change} + ${before} - 1) END)`;
}

/** The first moment, as UTC, at which clocks show a time or have gone past it. */
export function instantSql(shown: string, { change, before, after }: LookUp): string {
  const at = `epoch_us(${shown})`;
  return `make_timestamp(CASE WHEN ${at} < ${change} THEN ${at} - ${before} WHEN ${at} >= ${change} THEN greatest(${at} - ${after}, ${change} - ${before}) END)`;
}
