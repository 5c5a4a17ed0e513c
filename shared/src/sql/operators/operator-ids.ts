import { ONLY_OUTPUT } from '../../plan/index.ts';
import { ownedId } from '../plan-hash.ts';
import type { Owner } from '../relations/relation.ts';

/** Ids of the operators of one plan, which name their state. */
export type OperatorIds = {
  /** The id under which an operator of this owner is known: equal ones of one owner are numbered. */
  take(id: string, owner: Owner | undefined): string;
  /** Ids that are nobody's in particular, and were taken by several: who has which would depend on who else is there. */
  claimedByMany(): Set<string>;
};

/**
 * In a job whose outputs have names other outputs may come and go, and state stays with its operator. So ids of an output hold its name. Those
 * of views, and of the output that was once the only one, are as in a job with one output, but for those in `owned`.
 */
export function createOperatorIds(owned: ReadonlySet<string> = new Set()): OperatorIds {
  const taken = new Map<string, number>();
  const claims = new Map<string, Owner>();
  const claimed = new Set<string>();
  const idOf = (id: string, owner: Owner): string => {
    if (owned.has(id) || (owner.kind === 'output' && owner.name !== ONLY_OUTPUT)) return ownedId(id, owner);
    const first = claims.get(id) ?? owner;
    claims.set(id, first);
    if (first !== owner) claimed.add(id);
    return id;
  };
  return {
    take(wanted, owner) {
      const id = owner === undefined ? wanted : idOf(wanted, owner);
      const seen = taken.get(id) ?? 0;
      taken.set(id, seen + 1);
      return seen === 0 ? id : `${id}_${seen}`;
    },
    claimedByMany: () => claimed,
  };
}
