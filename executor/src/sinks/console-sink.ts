import { z } from 'zod';
import { consoleTable } from './console-table.ts';
import { detailOf, expectEncoding } from './encoded-output.ts';
import type { Sink } from './sink.ts';

const Detail = z.object({
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
  removed: z.array(z.number()).default([]),
});

/** Shows the first rows of each batch as a table. The rows travel in the prepared output: publish needs nothing else. */
export function createConsoleSink(name: string, options: { rowsMax: number; output?: string | undefined }): Sink {
  const { rowsMax, output } = options;
  return {
    name,
    guarantee: { delivery: 'atLeastOnce', because: 'a batch is shown again when its publishing is repeated' },
    encoding: async () => ({ kind: 'rows', rowsMax }),
    prepare: async ({ attemptId }, encoded) => {
      const { rows, columns, rowsJson, removed } = expectEncoding(encoded, 'rows');
      const detailJson = `{"columns":${JSON.stringify(columns)},"rows":${rowsJson},"removed":${JSON.stringify(removed)}}`;
      return { sink: name, attempt: attemptId, rows, bytes: rowsJson.length, detailJson };
    },
    publish: async ({ batchId }, prepared) => {
      const details = prepared.map((output) => detailOf(output, Detail));
      return {
        text: consoleTable({
          ...{ batchId, output },
          ...tableOf(details, rowsMax),
          rowsTotal: prepared.reduce((sum, output) => sum + output.rows, 0),
        }),
      };
    },
    discard: async () => {},
    close: async () => {},
  };
}

/** Rows of all tasks. Where some are taken back, a first column says of each whether it comes (+) or goes (-). */
function tableOf(details: readonly z.infer<typeof Detail>[], rowsMax: number) {
  const columns = details[0]?.columns ?? [];
  const rows = details.flatMap((detail) => detail.rows);
  if (details.every(({ removed }) => removed.length === 0)) return { columns, rows: rows.slice(0, rowsMax) };
  const marked = details.flatMap((detail) =>
    detail.rows.map((row, index) => [detail.removed.includes(index) ? '-' : '+', ...row]),
  );
  return { columns: ['', ...columns], rows: marked.slice(0, rowsMax) };
}
