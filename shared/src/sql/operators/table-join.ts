// Joins with tables keep no state: rows meet those of the table where they are, and every lane has all of these.

import type { SqlFrontend } from '../frontend.ts';
import { identifier } from '../quote.ts';
import type { Item, JoinKey, JoinRelation, RecomputeRelation, Relation } from '../relations/relation.ts';
import { tableRelation } from '../source-columns.ts';
import { fromText } from '../sql-text.ts';
import { ELSEWHERE, list, namesOf, type Placed, quoted, ridingAlong } from './draft.ts';
import { mapSql, type Render } from './render.ts';

type Known = {
  frontend: SqlFrontend;
  render: Render;
  placed: ReadonlyMap<Relation, Placed>;
  fixed: ReadonlyMap<Relation, string>;
};

/** A relation made of tables and values alone, as it stands behind FROM. */
export async function fixedSql(relation: Relation, { frontend, render, fixed }: Known): Promise<string> {
  const columns = quoted(namesOf(relation.columns));
  switch (relation.kind) {
    case 'table':
      return identifier(tableRelation(relation.table.name));
    case 'values':
      return relation.ref.type === 'EMPTY'
        ? '(SELECT 1 AS __one)'
        : `(SELECT * FROM ${await fromText(relation.ref, null, frontend)})`;
    case 'join':
      return joinSql(relation, columns, fixed.get(relation.left)!, fixed.get(relation.right)!, render);
    case 'union':
      return `(${relation.inputs.map((input) => `SELECT ${list(columns)} FROM ${fixed.get(input)}`).join(' UNION ALL ')})`;
    case 'recompute':
      return recomputedSql(relation, fixed.get(relation.input)!, render);
    default: {
      const map = relation as Extract<Relation, { kind: 'map' }>;
      const { selected, where } = await mapSql(map, render);
      return `(SELECT ${list(selected.length > 0 ? selected : ['1 AS __one'])} FROM ${fixed.get(map.input)}${where})`;
    }
  }
}

async function recomputedSql(relation: RecomputeRelation, input: string, render: Render): Promise<string> {
  const { keys, grouped } = relation;
  const listed = async (items: readonly Item[]) =>
    list(
      await Promise.all(
        items.map(async ({ name, expression }) => `${await render(expression)} AS ${identifier(name)}`),
      ),
    );
  let from = input;
  for (const layer of relation.layers) from = `(SELECT *, ${await listed(layer)} FROM ${from})`;
  const groups = grouped && keys.length > 0 ? ` GROUP BY ${list(quoted(keys))}` : '';
  const rows = `(SELECT ${await listed(relation.items)} FROM ${from}${groups})`;
  const qualify = await Promise.all(relation.qualify.map(async (one) => `(${await render(one)})`));
  return qualify.length > 0 ? `(SELECT * FROM ${rows} WHERE ${qualify.join(' AND ')})` : rows;
}

/** A join of which one side is fixed: the other side's rows stay where they are. */
export async function placeTableJoin(relation: JoinRelation, { render, placed, fixed }: Known): Promise<Placed> {
  const side = placed.get(relation.left) ?? placed.get(relation.right)!;
  const columns = [...quoted(namesOf(relation.columns)), ...quoted(ridingAlong(side))];
  const pieces = side.pieces.map(async ({ stage, from }) => {
    const [left, right] = [fixed.get(relation.left) ?? from, fixed.get(relation.right) ?? from];
    return { stage, from: await joinSql(relation, columns, left, right, render) };
  });
  const there = namesOf(relation.columns);
  const partitionedBy = side.partitionedBy?.every((name) => there.includes(name)) ? side.partitionedBy : ELSEWHERE;
  return {
    pieces: await Promise.all(pieces),
    columns: relation.columns,
    weighted: side.weighted,
    partitionedBy: side.partitionedBy === null ? null : partitionedBy,
  };
}

async function joinSql(
  { type, keys, conditions }: JoinRelation,
  columns: readonly string[],
  left: string,
  right: string,
  render: Render,
): Promise<string> {
  const others = await Promise.all(conditions.map(async (one) => `(${await render(one)})`));
  const on = [...keys.map(keySql), ...others].join(' AND ') || 'TRUE';
  const items = columns.length > 0 ? columns : ['1 AS __one'];
  return `(SELECT ${list(items)} FROM ${left} ${type.toUpperCase()} JOIN ${right} ON ${on})`;
}

const keySql = ({ left, right, nullsMatch }: JoinKey): string =>
  `${identifier(left)} ${nullsMatch ? 'IS NOT DISTINCT FROM' : '='} ${identifier(right)}`;
