import { z } from 'zod';
import { consoleTable } from './console-table.ts';
import { detailOf, expectEncoding } from './encoded-output.ts';
import type { Sink } from './sink.ts';

const Detail = z.object({ columns: z.array(z.string()), rows: z.array(z.array(z.unknown())) });

/** Shows the first rows of each batch as a table. The rows travel in the prepared output: publish needs nothing else. */
export function createConsoleSink(name: string, options: { rowsMax: number }): Sink {
  const { rowsMax } = options;
  return {
    name,
    guarantee: { delivery: 'atLeastOnce', because: 'a batch is shown again when its publishing is repeated' },
    encoding: async () => ({ kind: 'rows', rowsMax }),
    prepare: async ({ attemptId }, encoded) => {
      const { rows, columns, rowsJson } = expectEncoding(encoded, 'rows');
      const detailJson = `{"columns":${JSON.stringify(columns)},"rows":${rowsJson}}`;
      return { sink: name, attempt: attemptId, rows, bytes: rowsJson.length, detailJson };
    },
    publish: async ({ batchId }, prepared) => {
      const details = prepared.map((output) => detailOf(output, Detail));
      return {
        text: consoleTable({
          batchId,
          columns: details[0]?.columns ?? [],
          rows: details.flatMap((detail) => detail.rows).slice(0, rowsMax),
          rowsTotal: prepared.reduce((sum, output) => sum + output.rows, 0),
        }),
      };
    },
    discard: async () => {},
    close: async () => {},
  };
}
