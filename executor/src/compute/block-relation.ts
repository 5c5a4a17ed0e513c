import { PARTITION_COLUMN, type ShuffleInput } from '@millrace/shared/plan';
import type { SqlSession } from './sql-session.ts';
import { quoteList, quoteName } from './sql-text.ts';

/** Makes the view `relation` over the shuffle blocks; without blocks it is empty, with the same columns. */
export async function makeBlockRelation(
  session: SqlSession,
  input: ShuffleInput,
  files: readonly string[],
): Promise<void> {
  const columns = [...input.columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];
  const select =
    files.length > 0
      ? `SELECT ${columns.map(({ name }) => quoteName(name)).join(', ')} FROM read_parquet(${quoteList(files)})`
      : `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`).join(', ')} WHERE false`;
  await session.run(`CREATE OR REPLACE TEMP VIEW ${quoteName(input.relation)} AS ${select}`);
}
