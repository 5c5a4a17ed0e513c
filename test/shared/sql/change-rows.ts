// Records of sources of changes, as a lane would read them: JSON is written, and read as the plan says.
import assert from 'node:assert/strict';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { MetadataColumn, SourcePlan } from '@millrace/shared/plan';
import type { ChangesSpec, ColumnSpec } from '@millrace/shared/spec';
import { read } from './plan-interpreter.ts';

type Changes = { name: string; columns: ColumnSpec[]; changes: ChangesSpec };

/** The column by which the small relations of changes tell rows apart, also where the source does not say it. */
const KEY = 'id';
const quoted = (name: string) => `"${name}"`;

export const keyOfChanges = ({ key }: ChangesSpec): string => (key ?? [KEY]).map(quoted).join(', ');

/** SELECT of the source's relation over the changes from `from` to before `until`. */
export async function changeRows(
  oracle: DuckDBConnection,
  source: SourcePlan,
  relation: Changes,
  file: string,
  from: number,
  until: number,
): Promise<string> {
  const key = keyOfChanges(relation.changes);
  const events = `(SELECT *, lag(gone) OVER known AS was_gone, lag(${struct(relation.columns)}) OVER known AS was FROM "all_${relation.name}" WINDOW known AS (PARTITION BY ${key} ORDER BY n))`;
  // A row that was never there, or is gone already, is taken away only where the source has a key.
  const real = relation.changes.key === null ? 'AND NOT (gone AND coalesce(was_gone, TRUE))' : '';
  const numbered = `(SELECT *, row_number() OVER (ORDER BY n) AS line FROM ${events} WHERE n >= ${from} AND n < ${until} ${real})`;
  const value = relation.changes.kind === 'upsert' ? valueText(relation) : envelopeOf(relation);
  await oracle.run(
    `COPY (SELECT ${value} FROM ${numbered} ORDER BY n) TO '${file}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
  );
  const fields = source.columns.map((column) => `${quoted(column.name)}: '${column.jsonType}'`).join(', ');
  const lines = `read_json('${file}', format = 'newline_delimited', records = true, columns = {${fields}})`;
  const columns = source.columns.map(({ name, expression }) => `${expression} AS ${quoted(name)}`);
  const metadata = source.metadata.map(({ name, field }) => `${metadataOf(field, relation)} AS ${quoted(name)}`);
  const parsed =
    columns.length > 0 ? `(SELECT ${columns.join(', ')} FROM ${lines})` : `(SELECT 1 AS __none FROM ${numbered})`;
  const record = `(SELECT ${metadata.join(', ')} FROM ${numbered} ORDER BY n)`;
  const rows = metadata.length > 0 ? `SELECT * FROM ${parsed} POSITIONAL JOIN ${record}` : `FROM ${parsed}`;
  for (const { sql, detail } of source.changes!.checks)
    assert.deepEqual(await read(oracle, `SELECT * FROM (${rows}) WHERE (${sql}) IS NOT TRUE`), [], detail);
  return rows;
}

/** As JSON holds it. */
const written = ({ name, encoding }: ColumnSpec) => (encoding === 'plain' ? quoted(name) : `epoch_ms(${quoted(name)})`);

const struct = (columns: readonly ColumnSpec[]) =>
  `struct_pack(${columns.map((one) => `${quoted(one.name)} := ${written(one)}`).join(', ')})`;

const valueText = ({ columns }: Changes) => `CASE WHEN gone THEN '{}' ELSE to_json(${struct(columns)})::VARCHAR END`;

/** Of two forms: every third with its schema, and where there is a key every other update without the row before. */
function envelopeOf({ columns, changes }: Changes): string {
  const isNew = 'coalesce(was_gone, TRUE)';
  const key = struct(columns.filter(({ name }) => changes.key?.includes(name)));
  const before =
    changes.key === null
      ? `CASE WHEN NOT ${isNew} THEN to_json(was) END`
      : `CASE WHEN gone THEN to_json(${key}) WHEN n % 2 = 0 AND NOT ${isNew} THEN to_json(was) END`;
  const after = `CASE WHEN NOT gone THEN to_json(${struct(columns)}) END`;
  const op = `CASE WHEN gone THEN 'd' WHEN ${isNew} THEN chr(99 + (n % 2 * 15)::INTEGER) ELSE 'u' END`;
  // When a row went, either of two fields says.
  const [made, told] = [0, 1].map((half) => `CASE WHEN n % 2 = ${half} THEN epoch_ms(since) END`);
  const envelope = `json_object('before', ${before}, 'after', ${after}, 'source', json_object('lsn', n, 'ts_ms', ${made}), 'op', ${op}, 'ts_ms', ${told})`;
  return `CASE WHEN n % 3 = 0 THEN json_object('schema', json_object('type', 'struct'), 'payload', ${envelope}) ELSE ${envelope} END::VARCHAR`;
}

function metadataOf(field: MetadataColumn['field'], { name, columns, changes }: Changes): string {
  const keys = columns.filter((one) => changes.key?.includes(one.name));
  switch (field) {
    case 'key': {
      const object = `to_json(${struct(keys)})::VARCHAR`;
      const [only, second] = keys;
      const forms = `CASE n % 3 WHEN 0 THEN ${object} WHEN 1 THEN ${written(only!)}::VARCHAR ELSE to_json(${written(only!)})::VARCHAR END`;
      return `encode(${second ? object : `coalesce(CASE WHEN ${written(only!)} IS NOT NULL THEN ${forms} END, ${object})`})`;
    }
    case 'tombstone':
      return 'gone';
    case 'topic':
      return `'${name}'`;
    case 'partition':
      return `(hash(${keyOfChanges(changes)}) % 2)::INTEGER`;
    case 'offset':
      return 'n::BIGINT';
    case 'timestamp':
      return "TIMESTAMP '2024-01-01' + to_seconds(n)";
    default:
      throw new Error(`no ${field} here`);
  }
}
