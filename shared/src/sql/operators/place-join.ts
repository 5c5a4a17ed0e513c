import { operatorId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import type { JoinRelation } from '../relations/relation.ts';
import { sideExpires } from '../relations/state-ttl.ts';
import { closingOfSides, keptOfSides } from '../relations/time-bounds.ts';
import { type Builder, keeperId, newStage } from './builder.ts';
import { ELSEWHERE, isColocated, type Piece, type Placed, type StageDraft } from './draft.ts';
import { joinOperators } from './join-operator.ts';
import { shuffle } from './shuffle.ts';
import { placeTableJoin } from './table-join.ts';

/** Rows of one key in one place, from both sides; where a side never changes, wherever the other is. */
export async function placeJoin(builder: Builder, relation: JoinRelation): Promise<Placed> {
  if (builder.fixed.has(relation.left) || builder.fixed.has(relation.right)) return placeTableJoin(relation, builder);
  const { render, lineage } = builder;
  const { type, keys } = relation;
  const [left, right] = [builder.placed.get(relation.left)!, builder.placed.get(relation.right)!];
  const conditions = await Promise.all(relation.conditions.map(render));
  const columns = relation.columns.map(({ name, type }) => ({ name, type }));
  const plain = (placed: Placed) => placed.columns.map(({ name, type }) => ({ name, type }));
  const identity = {
    ...{ left: lineage.get(relation.left), right: lineage.get(relation.right), type, keys, conditions },
    ...{ leftColumns: plain(left), rightColumns: plain(right) },
  };
  const id = keeperId(builder, relation, operatorId('join', identity));
  const [leftKeys, rightKeys] = [keys.map((key) => key.left), keys.map((key) => key.right)];
  const here = sharedStage(left, right, keys);
  const stage = here ?? newStage(builder);
  const bring = (side: Placed, name: string, names: string[]) =>
    here ? side.pieces[0]! : shuffle(stage, `${id}_${name}`, side, names);
  const [l, r] = [bring(left, 'left', leftKeys), bring(right, 'right', rightKeys)];
  const closing = relation.bounds && closingOfSides(relation, relation.bounds);
  const kept = relation.bounds && keptOfSides(type, relation, relation.bounds);
  const sideOf = (name: 'left' | 'right', { weighted, columns: all }: Placed, { from }: Piece) => ({
    ...{ from, columns: all.map((one) => ({ name: one.name, type: one.type })), weighted },
    closing: closing && kept && { ...closing[name], keptMicros: kept[name] },
    expires: builder.ttl && sideExpires(relation, name),
  });
  const shape = {
    ...{ id, type, keys, conditions, columns, weighted: !relation.appendOnly },
    left: sideOf('left', left, l),
    right: sideOf('right', right, r),
  };
  const { operators, output } = joinOperators(shape);
  stage.operators.push(...operators);
  const by = here ? left.partitionedBy! : partitionOfJoin(relation);
  return { pieces: [{ stage, from: identifier(output) }], columns, weighted: shape.weighted, partitionedBy: by };
}

/** Both sides are in one stage, and rows that may match in one of its tasks. */
function sharedStage(left: Placed, right: Placed, keys: JoinRelation['keys']): StageDraft | null {
  const names = keys.map((key) => key.left);
  if (!isColocated(left, names) || right.pieces.length !== 1 || right.partitionedBy === null) return null;
  const mirrored = left.partitionedBy!.map((name) => keys.find((key) => key.left === name)!.right);
  const alike = JSON.stringify(mirrored) === JSON.stringify(right.partitionedBy);
  return alike && left.pieces[0]!.stage === right.pieces[0]!.stage ? left.pieces[0]!.stage : null;
}

/** By the keys of the side whose rows are always there. */
function partitionOfJoin({ type, keys, columns }: JoinRelation): string[] {
  const side = type === 'right' ? 'right' : 'left';
  const names = keys.map((key) => key[side]);
  const kept = names.every((name) => columns.some((column) => column.name === name));
  return type === 'full' || !kept ? ELSEWHERE : names;
}
