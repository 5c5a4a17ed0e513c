import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PARTITION_COLUMN, type ShuffleOutput, toParquet } from '@millrace/shared/plan';
import type { LaneTask, LaneTaskResult } from '../lanes/messages.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteList, quoteName, quoteText } from './sql-text.ts';

/** Up to here it is cheaper to write empty files and remove them than to ask first which slices have rows. */
const SLICES_WRITTEN_BLINDLY_MAX = 2;

/** A block that stays is read once and gone: making it small costs more than it saves. */
const LOCAL_FORM = 'COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 0';
const TRAVEL_FORM = 'COMPRESSION lz4';

/** Writes one Parquet file per slice that has rows, named by attempt and shuffle: rivals never meet. Errors: SCRATCH_FULL. */
export async function writeBlocks(
  session: SqlSession,
  { id, relation, columns }: ShuffleOutput,
  task: Pick<LaneTask, 'attemptId'>,
  shuffle: NonNullable<LaneTask['shuffle']>,
  folder: string,
): Promise<LaneTaskResult['blocks']> {
  const slices = shuffle.isLocal.length;
  if (slices > 1) await session.set({ slices: quoteList(shuffle.sliceOfPartition) });
  const sliceOfRow = `list_extract(getvariable('slices'), ${quoteName(PARTITION_COLUMN)} + 1)`;
  const written = [...columns.map(({ name, type }) => toParquet(quoteName(name), type)), PARTITION_COLUMN].join(', ');
  const blocks: LaneTaskResult['blocks'] = [];
  for (const slice of await slicesToWrite(session, relation, sliceOfRow, slices)) {
    const path = join(folder, `${task.attemptId}-${id}-${slice}.parquet`);
    const filter = slices > 1 ? ` WHERE ${sliceOfRow} = ${slice}` : '';
    const rows = await session.run(
      `COPY (SELECT ${written} FROM ${quoteName(relation)}${filter}) TO ${quoteText(path)} (FORMAT parquet, ${shuffle.isLocal[slice] ? LOCAL_FORM : TRAVEL_FORM})`,
    );
    if (rows === 0) rmSync(path, { force: true });
    else blocks.push({ shuffle: id, slice, path, rows, bytes: statSync(path).size });
  }
  return blocks;
}

async function slicesToWrite(
  session: SqlSession,
  relation: string,
  sliceOfRow: string,
  slices: number,
): Promise<number[]> {
  if (slices <= SLICES_WRITTEN_BLINDLY_MAX) return Array.from({ length: slices }, (_, slice) => slice);
  const rows = await session.rows(`SELECT DISTINCT ${sliceOfRow} AS slice FROM ${quoteName(relation)} ORDER BY slice`);
  return rows.map(([slice]) => Number(slice));
}
