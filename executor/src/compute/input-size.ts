import { statSync } from 'node:fs';
import type { LaneTask } from '../lanes/messages.ts';

/** Up to here a task takes about as long to start its statements as to run them. */
const SMALL_RECORDS_MAX = 20_000;
const SMALL_BLOCK_BYTES_MAX = 512 * 1024;

/** Whether the statements of a task are better joined; see SqlSession. */
export function isSmall(input: LaneTask['input']): boolean {
  if (input.kind === 'records') {
    return input.ranges.reduce((sum, { from, until }) => sum + until - from, 0) <= SMALL_RECORDS_MAX;
  }
  return input.files.reduce((sum, { path }) => sum + statSync(path).size, 0) <= SMALL_BLOCK_BYTES_MAX;
}
