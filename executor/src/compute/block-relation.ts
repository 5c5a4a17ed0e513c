import { MillraceError } from '@millrace/shared/errors';
import { fromParquet, PARTITION_COLUMN, type ShuffleInput, type Stage } from '@millrace/shared/plan';
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
      ? `SELECT ${columns.map(({ name, type }) => fromParquet(quoteName(name), type)).join(', ')} FROM read_parquet(${quoteList(files)})`
      : `SELECT ${columns.map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`).join(', ')} WHERE false`;
  await session.view(input.relation, select);
}

/** Makes the input of `stage` a view over what the stage before it left in this session: nothing is shuffled. */
export async function makeLocalRelation(session: SqlSession, { input }: Stage, { id, output }: Stage): Promise<void> {
  if (input.kind !== 'shuffle' || output.kind !== 'shuffle')
    throw new MillraceError('INVALID_ARGUMENT', `Stage ${id} does not end in a shuffle.`);
  const names = [...input.columns.map(({ name }) => quoteName(name)), PARTITION_COLUMN];
  await session.view(input.relation, `SELECT ${names.join(', ')} FROM ${quoteName(output.relation)}`);
}
