import type { StateTable } from '../../plan/index.ts';
import { list } from './draft.ts';
import { EXISTED } from './own-columns.ts';

/** Names are quoted, columns that are not stored left out of `kept`. */
export type KeyedRows = {
  state: string;
  pending: string;
  /** What pending rows are called in `same`; rows of state are `s`. */
  alias: string;
  /** Condition: both have the same key. */
  same: string;
  columns: readonly string[];
  kept: readonly string[];
  /** Those that are not the key's. */
  changing: readonly string[];
  goneSql: string | null;
};

/** How keyed state takes pending rows over, and what it will then be. */
export function keyedAdoption(rows: KeyedRows): Pick<StateTable, 'adopt' | 'snapshot'> {
  const { state, pending, alias, same, columns, kept, changing, goneSql } = rows;
  const updates = changing.map((name) => `${name} = ${alias}.${name}`);
  const untouched = `SELECT ${list(kept.map((name) => `s.${name}`))} FROM ${state} AS s ANTI JOIN ${pending} AS ${alias} ON ${same}`;
  const stays = goneSql === null ? '' : ` WHERE NOT (${goneSql})`;
  return {
    // Half the time of a MERGE where most groups are new: which ones are is known already.
    adopt: [
      `UPDATE ${state} AS s SET ${list(updates)} FROM ${pending} AS ${alias} WHERE ${alias}.${EXISTED} AND ${same}`,
      `INSERT INTO ${state} (${list(columns)}) SELECT ${list(columns)} FROM ${pending} WHERE NOT ${EXISTED}`,
      ...(goneSql === null ? [] : [`DELETE FROM ${state} WHERE ${goneSql}`]),
    ],
    snapshot: `${untouched} UNION ALL SELECT ${list(kept)} FROM ${pending}${stays}`,
  };
}
