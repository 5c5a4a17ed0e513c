import { eventColumns } from '../../../examples/nexmark/event-columns.ts';
import type { NexmarkQuery } from '../../../examples/nexmark/queries.ts';
import { queryText } from '../../../examples/nexmark/query-text.ts';
import type { PipeQuery } from '../../bench/bare-pipe/pipe-queries.ts';
import { sideInputSql } from '../events-database.ts';
import { plainWindows } from '../plain-windows.ts';

/** The query over the events of one task alone, whatever it would have to remember of those before. */
export function nexmarkPipe(query: NexmarkQuery, sideInputPath: string): PipeQuery {
  const columns = Object.entries(eventColumns(query.reads));
  const setup = [
    'CREATE OR REPLACE TEMP VIEW events AS SELECT * REPLACE (make_timestamp_ms(date_time) AS date_time) FROM lines',
  ];
  if (query.readsSideInput) setup.push(sideInputSql(sideInputPath));
  return {
    columns: Object.fromEntries(columns.map(([name, type]) => [name, type === 'epoch_ms' ? 'BIGINT' : type])),
    setup,
    sql: plainWindows(queryText(query)),
  };
}
