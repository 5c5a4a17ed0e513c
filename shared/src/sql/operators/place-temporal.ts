import { operatorId } from '../plan-hash.ts';
import { identifier } from '../quote.ts';
import type { TemporalRelation } from '../relations/relation.ts';
import { type Builder, keeperId, newStage } from './builder.ts';
import { ELSEWHERE, namesOf, type Placed } from './draft.ts';
import { shuffle } from './shuffle.ts';
import { temporalOperators } from './temporal-operator.ts';

/** Rows and versions of one key in one place. */
export function placeTemporal(relation: TemporalRelation, builder: Builder): Placed {
  const { placed, lineage } = builder;
  const { type, keys, time, found } = relation;
  const plain = (of: { columns: { name: string; type: string }[] }) =>
    of.columns.map((one) => ({ name: one.name, type: one.type }));
  const [left, right] = [placed.get(relation.left)!, placed.get(relation.right)!];
  const [columns, leftColumns, rightColumns] = [plain(relation), plain(left), plain(right)];
  const identity = {
    ...{ left: lineage.get(relation.left), right: lineage.get(relation.right), type, keys, time, found },
    ...{ leftColumns, rightColumns },
  };
  const id = keeperId(builder, relation, operatorId('temporal', identity));
  const stage = newStage(builder);
  const leftKeys = keys.map((key) => key.left);
  const rows = shuffle(stage, `${id}_left`, left, leftKeys);
  const versions = shuffle(
    stage,
    `${id}_right`,
    right,
    keys.map((key) => key.right),
  );
  const { source } = relation.right;
  const { operators, output } = temporalOperators({
    ...{ id, type, keys, time, found, columns },
    left: { from: rows.from, columns: leftColumns },
    right: { from: versions.from, columns: rightColumns, shown: plain(relation.right), source: source.name },
  });
  stage.operators.push(...operators);
  const there = namesOf(columns);
  const partitionedBy = leftKeys.every((name) => there.includes(name)) ? leftKeys : ELSEWHERE;
  return { pieces: [{ stage, from: identifier(output) }], columns, weighted: true, partitionedBy };
}
