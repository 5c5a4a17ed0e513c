import type { QueryJobStateReply } from '@millrace/proto';
import { MillraceError } from '@millrace/shared/errors';
import type { CommandRun } from '../command-definition.ts';
import { call, SLOW_CALL_TIMEOUT_MS, withDriver } from '../driver-client/driver-client.ts';
import { EXIT } from '../failures/exit-code.ts';
import { positiveInteger } from '../options/values.ts';
import { renderStateRows } from '../output/state-rows.ts';
import { styleFor } from '../output/style.ts';

/** What a person reads through; programs ask for more with --max-rows. */
const ROWS_DEFAULT = 100;

/** `{ batchId, columns, rows, truncated }` with --json; rows are arrays in the order of `columns`. */
export const state: CommandRun = async (context, options, [jobId, sql]) => {
  const { stdout, signal } = context;
  const maxRows = typeof options.maxRows === 'string' ? rowsMax(options.maxRows) : ROWS_DEFAULT;
  const reply = await withDriver(context, options, (client) =>
    call(
      client,
      'QueryJobState',
      { jobId: jobId!, sql: sql ?? '', maxRows },
      { signal, timeoutMs: SLOW_CALL_TIMEOUT_MS },
    ),
  );
  const rows = rowsOf(reply);
  const { batchId, columns, truncated } = reply;
  if (options.json) stdout.write(`${JSON.stringify({ batchId, columns, rows, truncated })}\n`);
  else stdout.write(renderStateRows({ batchId, columns, rows, truncated }, styleFor(stdout, context.env)));
  return EXIT.ok;
};

function rowsOf({ rowsJson }: QueryJobStateReply): unknown[][] {
  return rowsJson === '' ? [] : (JSON.parse(rowsJson) as unknown[][]);
}

function rowsMax(text: string): number {
  try {
    return positiveInteger(text);
  } catch (error) {
    throw new MillraceError('INVALID_ARGUMENT', `--max-rows: ${(error as Error).message}`);
  }
}
