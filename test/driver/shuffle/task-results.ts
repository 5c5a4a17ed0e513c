import type { Block, TaskResult } from '@millrace/proto';

export function blockIn(
  shuffle: string,
  slice: number,
  { name, holder, inline = false, stage = 's0' }: { name: string; holder: string; inline?: boolean; stage?: string },
): Block {
  return {
    ...{ stage, taskIndex: 0, shuffle, slice, name, incarnation: holder, address: '' },
    ...{ bytes: 1, rows: 1, crc32: 0, inline: Buffer.alloc(inline ? 1 : 0) },
  };
}

export const resultWith = (blocks: Block[]): TaskResult => ({
  ...{ blocks, eventTimes: [], counts: null, outputs: [], state: [], operators: [], timings: [] },
});
