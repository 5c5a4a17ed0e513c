import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { toParquet } from '@millrace/shared/plan';
import type { EncodedOutput } from '../lanes/messages.ts';
import { jsonObject, visibleColumns } from './json-form.ts';
import { materialize, OUTPUT_TABLE } from './materialize-output.ts';
import { partitionFolder } from './partition-folder.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName, quoteText } from './sql-text.ts';
import type { TaskOutput } from './task-output.ts';

/** Of one task: each is a file and a folder in every batch that has rows for it, and stands in the commit entry. */
const PARTITIONS_MAX = 256;

/** Beyond so many open files DuckDB closes some, and begins others in their place. */
export const PARTITION_SETTINGS = { partitioned_write_max_open_files: String(PARTITIONS_MAX) };

/** Number of a row's partition. */
const NUMBER = '__part';

type Encoded = Extract<EncodedOutput, { kind: 'partitions' }>;

/**
 * The output as one file for each combination of values of some columns, which are left out of the files. Files lie in folders with
 * numbers until the sink moves them: values never name anything in the scratch folder. Errors: QUERY_FAILED for too many partitions, and for a
 * value that makes no name.
 */
export async function encodePartitions(
  session: SqlSession,
  output: TaskOutput,
  format: 'ndjson' | 'parquet',
  partitionBy: readonly string[],
): Promise<Encoded> {
  const { name, sql, operator, plan, task, folder } = output;
  const values = partitionBy.map((column) => `${quoteName(column)}::VARCHAR`);
  const numbered = `SELECT *, dense_rank() OVER (ORDER BY ${values.join(', ')}) - 1 AS ${NUMBER} FROM (${sql})`;
  const rows = await materialize(session, { ...output, sql: numbered });
  const found = await session.rows(
    `SELECT ${NUMBER}, count(*), ${values.map((value) => `any_value(${value})`).join(', ')} FROM ${OUTPUT_TABLE} ` +
      `GROUP BY ${NUMBER} ORDER BY ${NUMBER} LIMIT ${PARTITIONS_MAX + 1}`,
    { operator },
  );
  if (found.length > PARTITIONS_MAX) throw tooMany(partitionBy);
  const folders = found.map(([, , ...texts]) => partitionFolder(partitionBy, texts as (string | null)[]));
  const path = join(folder, `${task.stage}-${task.attemptId}-${name}.partitions`);
  rmSync(path, { recursive: true, force: true });
  if (rows === 0) return { kind: 'partitions', rows, path, bytes: 0, files: [] };
  const kept = visibleColumns(plan.columns).filter((column) => !partitionBy.includes(column.name));
  const [content, options] =
    format === 'parquet'
      ? [
          kept.map((column) => toParquet(quoteName(column.name), column.type)).join(', '),
          'FORMAT parquet, COMPRESSION zstd',
        ]
      : // DuckDB divides no JSON among files, but lines of text.
        [`${jsonObject(kept)}::VARCHAR AS line`, "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001'"];
  await session.run(
    `COPY (SELECT ${content}, ${NUMBER} FROM ${OUTPUT_TABLE}) TO ${quoteText(path)} (${options}, PARTITION_BY (${NUMBER}))`,
    { operator },
  );
  const files = found.map(([number, count], index) => {
    const written = readdirSync(join(path, `${NUMBER}=${number}`));
    if (written.length !== 1)
      throw new MillraceError('INTERNAL', `A partition was written as ${written.length} files.`);
    const file = join(path, `${NUMBER}=${number}`, written[0]!);
    return { path: file, partition: folders[index]!, rows: Number(count), bytes: statSync(file).size };
  });
  return { kind: 'partitions', rows, path, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), files };
}

const tooMany = (partitionBy: readonly string[]) =>
  new MillraceError(
    'QUERY_FAILED',
    `The output of one task has more than ${PARTITIONS_MAX} combinations of ${partitionBy.join(', ')}, which partition its files.`,
    { hint: 'Partition by columns with fewer values, such as the day of a time; or lower limits.recordsPerBatch.' },
  );
