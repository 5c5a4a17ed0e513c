import { type Column, type Stage, WEIGHT_COLUMN } from '../plan/index.ts';
import { operatorId } from './plan-hash.ts';
import { identifier } from './quote.ts';

/** One stage that projects, filters and unnests; nothing is kept between batches. */
export function statelessStage(source: string, relation: string, sql: string, columns: readonly Column[]): Stage {
  const id = operatorId('project', { source, sql });
  const names = columns.map(({ name }) => identifier(name)).join(', ');
  const weight = `CAST(1 AS TINYINT) AS ${identifier(WEIGHT_COLUMN)}`;
  return {
    id: 's0',
    inputs: [{ kind: 'source', source, relation, readOnce: true, eventTimeSql: null }],
    operators: [
      {
        id,
        kind: 'project',
        description: `Filter and project ${source}`,
        statements: [],
        counters: [],
        lateRows: null,
        state: null,
      },
    ],
    outputs: [{ kind: 'sink', sql: `SELECT ${names}, ${weight} FROM (${sql}) AS query(${names})` }],
  };
}
