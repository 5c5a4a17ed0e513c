// Newest: of changes of a table the rows that there are. Δout = N − S, for the keys that ΔR touches: S what was kept of them, N the last
// change of each; a key that is gone has no row. So a change that comes twice, or says what is known, changes nothing.

import type { Column, Operator, StateTable } from '../../plan/index.ts';
import { GONE_COLUMN, LAST_FIRST } from '../changes/change-columns.ts';
import { identifier } from '../quote.ts';
import { createTable, list, namesOf, quoted } from './draft.ts';
import { keyedAdoption } from './keyed-state.ts';
import { hashOf, sameKey } from './log-state.ts';
import { EXISTED, KEY_HASH, PARTITION, WEIGHT } from './own-columns.ts';

const GONE = identifier(GONE_COLUMN.name);

export type NewestShape = {
  id: string;
  source: string;
  /** FROM-able: `columns`, GONE_COLUMN, PLACE_COLUMNS and the partition. */
  from: string;
  keys: string[];
  /** With the keys. */
  columns: Column[];
};

/** `output` is what stands behind FROM, with weights and partition. */
export function newestOperator(shape: NewestShape): { operator: Operator; output: string } {
  const { id, source, keys } = shape;
  const description = `Keep the newest row of each ${keys.join(', ')} of ${source}`;
  const operator: Operator = {
    ...{ id, kind: 'newest', description, statements: [pendingStatement(shape)], counters: [], lateRows: null },
    state: stateTable(shape),
  };
  return { operator, output: outputRows(shape) };
}

const relationsOf = ({ id }: NewestShape) => ({ state: identifier(`${id}_state`), pending: `${id}_pending` });

const valuesOf = ({ columns, keys }: NewestShape): string[] => namesOf(columns).filter((name) => !keys.includes(name));

const stored = (name: string): string => identifier(`__stored_${name}`);

/** The last change of each key, beside the row that is kept. That a key which is not there is gone says nothing. */
function pendingStatement(shape: NewestShape): string {
  const { state, pending } = relationsOf(shape);
  const newest = `SELECT ${list(['*', ...hashOf(shape.keys)])} FROM ${shape.from} QUALIFY row_number() OVER (PARTITION BY ${list(quoted(shape.keys))} ORDER BY ${LAST_FIRST}) = 1`;
  const columns = [
    ...[...quoted(namesOf(shape.columns)), GONE, PARTITION, KEY_HASH].map((name) => `t.${name}`),
    `s.${KEY_HASH} IS NOT NULL AS ${EXISTED}`,
    ...valuesOf(shape).map((name) => `s.${identifier(name)} AS ${stored(name)}`),
  ];
  const joined = `SELECT ${list(columns)}\nFROM (${newest}) AS t\nLEFT JOIN ${state} AS s ON ${sameKey(shape.keys)}`;
  return createTable(pending, `SELECT * FROM (${joined}) WHERE ${worthKeeping(shape)}`);
}

function worthKeeping(shape: NewestShape): string {
  const differs = valuesOf(shape).map((name) => `${identifier(name)} IS DISTINCT FROM ${stored(name)}`);
  return `CASE WHEN ${GONE} THEN ${EXISTED} ELSE ${[`NOT ${EXISTED}`, ...differs].join(' OR ')} END`;
}

function outputRows(shape: NewestShape): string {
  const pending = identifier(relationsOf(shape).pending);
  const before = namesOf(shape.columns).map((name) =>
    shape.keys.includes(name) ? identifier(name) : `${stored(name)} AS ${identifier(name)}`,
  );
  return (
    `(SELECT ${list([...quoted(namesOf(shape.columns)), PARTITION])}, 1 AS ${WEIGHT} FROM ${pending} WHERE NOT ${GONE}\n` +
    `UNION ALL SELECT ${list([...before, PARTITION])}, -1 FROM ${pending} WHERE ${EXISTED})`
  );
}

function stateTable(shape: NewestShape): StateTable {
  const { state, pending } = relationsOf(shape);
  const columns = [...shape.columns, GONE_COLUMN];
  const kept = [...quoted(namesOf(columns)), PARTITION];
  return {
    ...{ table: `${shape.id}_state`, kind: 'keyed', columns, keyColumns: shape.keys, hashed: true, goneSql: GONE },
    ...{ pendingRelation: pending, evict: null, nextExpiry: null, compact: null },
    ...keyedAdoption({
      ...{ state, pending: identifier(pending), alias: 't', same: sameKey(shape.keys) },
      ...{ columns: [...kept, KEY_HASH], kept, changing: [...quoted(valuesOf(shape)), GONE], goneSql: GONE },
    }),
  };
}
