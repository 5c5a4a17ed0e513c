import {
  fromParquet,
  PARTITION_COLUMN,
  type ShuffleInput,
  type Stage,
  shuffleInputsOf,
  shuffleOutputsOf,
} from '@millrace/shared/plan';
import type { BlockFile } from '../lanes/messages.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteList, quoteName } from './sql-text.ts';

/**
 * Makes the view `relation` over the blocks of its shuffles, one shuffle after the other: in the same order whenever they are read.
 * Without blocks it is empty, with the same columns.
 */
export async function makeBlockRelation(
  session: SqlSession,
  input: ShuffleInput,
  files: readonly BlockFile[],
): Promise<void> {
  const paths = input.shuffles.flatMap((id) => files.filter(({ shuffle }) => shuffle === id).map(({ path }) => path));
  await session.view(input.relation, paths.length > 0 ? selectBlocks(input, paths) : selectNothing(input));
}

/** Makes the inputs of `stage` views over what the stages before it left in this session: nothing is shuffled. */
export async function makeLocalRelations(session: SqlSession, stage: Stage, before: readonly Stage[]): Promise<void> {
  const outputs = before.flatMap(shuffleOutputsOf);
  for (const input of shuffleInputsOf(stage)) {
    const names = [...input.columns.map(({ name }) => quoteName(name)), PARTITION_COLUMN].join(', ');
    const selects = input.shuffles.flatMap((id) =>
      outputs.filter((output) => output.id === id).map(({ relation }) => `SELECT ${names} FROM ${quoteName(relation)}`),
    );
    await session.view(input.relation, selects.length > 0 ? selects.join(' UNION ALL ') : selectNothing(input));
  }
}

const columnsOf = ({ columns }: ShuffleInput) => [...columns, { name: PARTITION_COLUMN, type: 'UTINYINT' }];

function selectBlocks(input: ShuffleInput, paths: readonly string[]): string {
  const columns = columnsOf(input).map(({ name, type }) => fromParquet(quoteName(name), type));
  return `SELECT ${columns.join(', ')} FROM read_parquet(${quoteList(paths)})`;
}

function selectNothing(input: ShuffleInput): string {
  const columns = columnsOf(input).map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}
