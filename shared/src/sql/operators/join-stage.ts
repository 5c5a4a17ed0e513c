import type { JoinRelation } from '../relations/relation.ts';
import { ELSEWHERE, isColocated, type Placed, type StageDraft } from './draft.ts';

/** Both sides are in one stage, and rows that may match in one of its tasks. */
export function sharedStage(left: Placed, right: Placed, keys: JoinRelation['keys']): StageDraft | null {
  const names = keys.map((key) => key.left);
  if (!isColocated(left, names) || right.pieces.length !== 1 || right.partitionedBy === null) return null;
  const mirrored = left.partitionedBy!.map((name) => keys.find((key) => key.left === name)!.right);
  const alike = JSON.stringify(mirrored) === JSON.stringify(right.partitionedBy);
  return alike && left.pieces[0]!.stage === right.pieces[0]!.stage ? left.pieces[0]!.stage : null;
}

/** By the keys of the side whose rows are always there. */
export function partitionOfJoin({ type, keys, columns }: JoinRelation): string[] {
  const side = type === 'right' ? 'right' : 'left';
  const names = keys.map((key) => key[side]);
  const kept = names.every((name) => columns.some((column) => column.name === name));
  return type === 'full' || !kept ? ELSEWHERE : names;
}
