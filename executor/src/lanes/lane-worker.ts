// Entry of a lane's thread. Whatever goes wrong in a request becomes a reply; the thread itself never fails.
import type { Transferable } from 'node:worker_threads';
import { systemClock } from '@millrace/shared/clock';
import { toFailure, toMillraceError } from '@millrace/shared/errors';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { createLaneService, type LaneService } from './lane-service.ts';
import type { LaneControl, LaneReply, LaneRequest } from './messages.ts';

let service: LaneService | null = null;

export default async function handle(request: LaneRequest | LaneControl): Promise<LaneReply> {
  try {
    if (request.kind === 'start') {
      service = createLaneService(request.data, systemClock);
      return { kind: 'done' };
    }
    if (request.kind === 'shutdown') {
      service?.close();
      return { kind: 'done' };
    }
    if (!service) throw new Error('The lane was not started.');
    return withTransfers(await service.handle(request));
  } catch (error) {
    return { kind: 'failed', failure: toFailure(toMillraceError(error)) };
  }
}

/** Record batches go to the main thread without a copy. */
function withTransfers(reply: LaneReply): LaneReply {
  if (reply.kind !== 'taskDone') return reply;
  const { outputs, lateRows } = reply.result;
  const buffers: Transferable[] = [...Object.values(outputs), lateRows].flatMap((encoded) =>
    encoded?.kind === 'recordBatches' ? encoded.partitions.flatMap(({ batches }) => batches) : [],
  );
  if (buffers.length === 0) return reply;
  // Piscina sends the value and moves what the list names.
  const movable = { [transferableSymbol]: buffers, [valueSymbol]: reply };
  return move(movable as never) as unknown as LaneReply;
}
