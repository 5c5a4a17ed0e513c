import { parseArgs } from 'node:util';
import { MillraceError } from '@millrace/shared/errors';
import { GENERATOR_DEFAULTS } from '../../examples/nexmark/generator/generator-options.ts';
import { type NexmarkQuery, QUERIES } from '../../examples/nexmark/queries.ts';

export const PARTS = ['check', 'throughput'] as const;
export type Part = (typeof PARTS)[number];

export type NexmarkOptions = {
  queries: readonly NexmarkQuery[];
  parts: readonly Part[];
  /** Events whose processing is timed, and events whose answers are compared. */
  events: number;
  checkEvents: number;
  /** Of event time. */
  eventsPerSecond: number;
  disorderMaxMs: number;
  seed: number;
  partitions: number;
  /** Results on standard output as JSON instead of a table. */
  json: boolean;
  /** Results into examples/nexmark/results.json and docs/nexmark.md. */
  write: boolean;
};

const EVENTS_DEFAULT = 5_000_000;
const CHECK_EVENTS_DEFAULT = 200_000;
const PARTITIONS_DEFAULT = 4;
const RATE_DEFAULT = GENERATOR_DEFAULTS.eventsPerSecond;

export const USAGE = `npm run nexmark -- [options]
  --queries <names>      such as q0,q5-q8 (default: all ${QUERIES.length})
  --only <part>          check (answers are compared with DuckDB's) or throughput
  --events <count>       events that are timed (default ${EVENTS_DEFAULT})
  --check-events <count> events whose answers are compared (default ${CHECK_EVENTS_DEFAULT})
  --rate <count>         events that make a second of event time (default ${RATE_DEFAULT})
  --disorder <ms>        event times lie up to so far behind their place (default 0)
  --seed <number>        of the events (default ${GENERATOR_DEFAULTS.seed})
  --partitions <count>   of the topics (default ${PARTITIONS_DEFAULT})
  --json                 print results as JSON
  --write                keep results in examples/nexmark/results.json and docs/nexmark.md
  --help`;

/** Null: help was asked for. INVALID_ARGUMENT for what it does not know. */
export function parseNexmarkOptions(args: readonly string[]): NexmarkOptions | null {
  const values = parse(args);
  if (values.help) return null;
  const count = (flag: string, text: string | undefined, unless: number, least = 1) => {
    return text === undefined ? unless : countOf(flag, text, least);
  };
  return {
    queries: values.queries === undefined ? QUERIES : queriesOf(values.queries),
    parts: values.only === undefined ? PARTS : [partOf(values.only)],
    events: count('events', values.events, EVENTS_DEFAULT),
    checkEvents: count('check-events', values['check-events'], CHECK_EVENTS_DEFAULT),
    eventsPerSecond: count('rate', values.rate, RATE_DEFAULT),
    disorderMaxMs: count('disorder', values.disorder, 0, 0),
    seed: count('seed', values.seed, GENERATOR_DEFAULTS.seed, 0),
    partitions: count('partitions', values.partitions, PARTITIONS_DEFAULT),
    json: values.json === true,
    write: values.write === true,
  };
}

function parse(args: readonly string[]) {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const options = {
    queries: text,
    only: text,
    events: text,
    'check-events': text,
    rate: text,
    disorder: text,
    seed: text,
    partitions: text,
    json: flag,
    write: flag,
    help: flag,
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new MillraceError('INVALID_ARGUMENT', (cause as Error).message, { hint: USAGE, cause });
  }
}

function countOf(flag: string, text: string, least: number): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw invalid(`--${flag}: '${text}' is not a whole number of ${least} or more`);
}

function partOf(text: string): Part {
  const part = PARTS.find((known) => known === text);
  if (part) return part;
  throw invalid(`--only: there is no '${text}'`);
}

/** In the order of the table, each once. */
function queriesOf(text: string): NexmarkQuery[] {
  const places = new Set(text.split(',').flatMap((part) => placesOf(part.trim())));
  return QUERIES.filter((_, place) => places.has(place));
}

function placesOf(part: string): number[] {
  const [, first, last = first] = /^q(\d+)(?:-q?(\d+))?$/.exec(part) ?? [];
  const places = QUERIES.flatMap(({ name }, place) => {
    const number = Number(name.slice(1));
    return number >= Number(first) && number <= Number(last) ? [place] : [];
  });
  if (places.length === 0 || Number(last) >= QUERIES.length) throw invalid(`--queries: there is no '${part}'`);
  return places;
}

const invalid = (message: string) => new MillraceError('INVALID_ARGUMENT', message, { hint: USAGE });
