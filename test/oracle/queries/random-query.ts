// Queries nobody would write: every construct beside and inside of every other.

import type { ViewSpec } from '@millrace/shared/spec';
import { base, filtered, nested, nestedKey, throughView, withTable } from './base-layers.ts';
import { createDraws } from './draws.ts';
import { columnsOf, type Generated, type Maker, renamed } from './generated.ts';
import { distinct, grouped, manyGroupings, shared, united } from './group-layers.ts';
import { asof, joined, tested } from './join-layers.ts';
import { firstRows, over, ranked } from './order-layers.ts';
import { sessions, windowed } from './time-layers.ts';

export type RandomQuery = {
  query: string;
  views: ViewSpec[];
  truth: string;
  /** Condition on rows of the truth that append output must have put out. */
  due: string;
  /** The queries it is made of, to look for the smallest that is wrong. */
  parts: RandomQuery[];
};

const DEPTH_MAX = 3;
const TIMED = 0.6;
const SHALLOW = 0.12;

const LAYERS = [
  ...[filtered, nested, nestedKey, withTable, throughView],
  ...[joined, joined, joined, asof, tested],
  ...[grouped, grouped, grouped, manyGroupings, distinct, united, shared],
  ...[ranked, over, firstRows, windowed, windowed, windowed, sessions],
];

/** The same query for the same seed. All columns of a relation have distinct names, and all orders are total. */
export function randomQuery(seed: number): RandomQuery {
  const draws = createDraws(seed);
  const views: ViewSpec[] = [];
  const maker: Maker = {
    ...{ ...draws, views },
    relation(depth) {
      if (depth <= 0 || draws.chance(SHALLOW)) return base(maker, draws.chance(TIMED));
      return draws.pick(LAYERS)(maker, depth);
    },
  };
  const made = draws.pick(LAYERS)(maker, 1 + draws.below(DEPTH_MAX));
  return asked(renamed(maker, made), views);
}

function asked(made: Generated, views: ViewSpec[]): RandomQuery {
  const columns = columnsOf(made).join(', ');
  const closed = made.times
    .filter(({ at }) => at !== null)
    .map(({ name, at }) => `${name} + INTERVAL '${at} seconds' <= $watermark`);
  return {
    query: `SELECT ${columns} FROM (${made.text('query')})`,
    views,
    truth: `SELECT ${columns} FROM (${made.text('truth')})`,
    due: made.grows ? 'TRUE' : closed.length > 0 ? closed.join(' AND ') : 'FALSE',
    get parts() {
      return made.parts.map((part) => asked(part, views));
    },
  };
}
