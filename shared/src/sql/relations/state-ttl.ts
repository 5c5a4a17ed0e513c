// What stateTtl ends. It is about operators whose input only grows and whose state no watermark ends. Where their output may be taken
// back, they take back what they forget, so that everything behind them shrinks with them; where it may not, they forget in silence.

import { closingOf } from './aggregate-relation.ts';
import {
  type AggregateRelation,
  inputsOf,
  isFixed,
  type JoinRelation,
  type RecomputeRelation,
  type Relation,
} from './relation.ts';
import { keptOfSides } from './time-bounds.ts';

/** Groups that stay until they have been idle for the ttl. One group without a key is no state that grows. */
export const groupsExpire = ({ input, keys }: Pick<AggregateRelation, 'input' | 'keys'>): boolean =>
  input.appendOnly && keys.length > 0 && closingOf(keys) === null;

/**
 * How what a recompute keeps expires. `rows`: each the ttl after it came. `keys`: as a whole, idle for the ttl, where the rows that were left out
 * are not kept to come back. Null: not at all.
 */
export function recomputeExpires(relation: RecomputeRelation): 'rows' | 'keys' | null {
  const { input, closing, keepsOnlyResults, qualify, keys } = relation;
  if (!input.appendOnly || closing !== null) return null;
  if (!keepsOnlyResults || qualify.length === 0) return 'rows';
  return keys.length > 0 ? 'keys' : null;
}

type SideName = 'left' | 'right';

/**
 * Rows of a side that only grows and that the watermark never ends expire the ttl after they came. So do those of a semi join before the
 * matches that they have found.
 */
export function sideExpires(join: JoinRelation, side: SideName): boolean {
  if (!join[side].appendOnly || isFixed(join.left) || isFixed(join.right)) return false;
  return !closesSide(join, side) || (join.type === 'semi' && side === 'left' && sideExpires(join, 'right'));
}

const closesSide = (join: JoinRelation, side: SideName): boolean =>
  join.bounds !== null && keptOfSides(join.type, join, join.bounds)[side] !== null;

/** Whether what is kept of a side ends, by whatever. */
const sideEnds = (join: JoinRelation, side: SideName): boolean =>
  closesSide(join, side) || sideExpires(join, side) || takesBackAll(join[side], true);

/** Whether a stateTtl ends what is kept: by itself, or because what feeds it takes back all that it forgets. */
export function endsByTtl(relation: Relation): boolean {
  switch (relation.kind) {
    case 'aggregate':
      return groupsExpire(relation) || takesBackAll(relation.input, true);
    case 'recompute':
      return recomputeExpires(relation) !== null || takesBackAll(relation.input, true);
    case 'join':
      return sideEnds(relation, 'left') && sideEnds(relation, 'right');
    default:
      return false;
  }
}

/** Whether all that `relation` forgets is taken back: what is kept of it shrinks with it. `ttl`: the job has a stateTtl. */
export function takesBackAll(relation: Relation, ttl: boolean): boolean {
  if (isFixed(relation)) return true;
  if (relation.appendOnly) return false;
  switch (relation.kind) {
    case 'aggregate':
      if (relation.input.appendOnly) return relation.keys.length === 0 || (ttl && groupsExpire(relation));
      return closingOf(relation.keys) === null && takesBackAll(relation.input, ttl);
    case 'recompute':
      if (relation.closing !== null) return false;
      if (relation.input.appendOnly) return ttl || (relation.keepsOnlyResults && relation.keys.length === 0);
      return takesBackAll(relation.input, ttl);
    case 'join':
      return (['left', 'right'] as const).every((side) =>
        relation[side].appendOnly && !isFixed(relation[side])
          ? ttl && sideExpires(relation, side)
          : relation.bounds === null && takesBackAll(relation[side], ttl),
      );
    default:
      return relation.kind !== 'source' && inputsOf(relation).every((input) => takesBackAll(input, ttl));
  }
}

/**
 * The same relation where DISTINCT is the last that has state: what it has forgotten comes anew, and nothing has to be taken back
 * of rows that are final.
 */
export function withFinalDistinct<R extends Relation>(root: R): R {
  const known = new Map<Relation, Relation>();
  const final = (relation: Relation): Relation => {
    const done = known.get(relation) ?? rewritten(relation, final);
    known.set(relation, done);
    return done;
  };
  return final(root) as R;
}

function rewritten(relation: Relation, final: (input: Relation) => Relation): Relation {
  switch (relation.kind) {
    case 'map': {
      const input = final(relation.input);
      return input === relation.input ? relation : { ...relation, input, appendOnly: input.appendOnly };
    }
    case 'union': {
      const inputs = relation.inputs.map(final);
      if (inputs.every((input, index) => input === relation.inputs[index])) return relation;
      return { ...relation, inputs, appendOnly: inputs.every(({ appendOnly }) => appendOnly) };
    }
    case 'aggregate':
      return isForgetfulDistinct(relation) ? { ...relation, appendOnly: true } : relation;
    default:
      return relation;
  }
}

/** Without a ttl its values would only ever be added. */
export const isForgetfulDistinct = ({ aggregates, input, appendOnly }: AggregateRelation): boolean =>
  aggregates.length === 0 && input.appendOnly && !appendOnly;
