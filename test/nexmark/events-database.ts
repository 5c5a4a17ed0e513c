import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { eventColumns } from '../../examples/nexmark/event-columns.ts';

const ALL_COLUMNS = eventColumns(['person', 'auction', 'bid']);

/** `read_json` of events as the job reads them. */
export function readEventsSql(path: string, columns: Readonly<Record<string, string>> = ALL_COLUMNS): string {
  const declared = Object.entries(columns).map(([name, type]) => `${name}: '${type === 'epoch_ms' ? 'BIGINT' : type}'`);
  return `SELECT * REPLACE (make_timestamp_ms(date_time) AS date_time) FROM read_json('${path}',
    format = 'newline_delimited', records = true, columns = {${declared.join(', ')}})`;
}

export function sideInputSql(path: string): string {
  return `CREATE OR REPLACE TEMP TABLE side_input AS SELECT * FROM read_csv('${path}',
    header = true, columns = {key: 'BIGINT', value: 'VARCHAR'})`;
}

/** An ordinary DuckDB with all events as a table, and the side input beside it. */
export async function openEvents(
  eventsPath: string,
  sideInputPath: string,
): Promise<{ connection: DuckDBConnection; close(): void }> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE events AS ${readEventsSql(eventsPath)}`);
  await connection.run(sideInputSql(sideInputPath));
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
