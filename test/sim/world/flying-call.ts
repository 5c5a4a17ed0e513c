import { type ErrorCode, MillraceError } from '@millrace/shared/errors';
import type { Process } from './scheduler.ts';

/** A call between two processes while it is under way. The first ending counts; what comes later is dropped. */
export type FlyingCall = {
  readonly name: string;
  readonly client: Process;
  /** The client itself where nobody listens. */
  readonly server: Process;
  /** The handler's: aborted when the caller left. */
  readonly gone: AbortSignal;
  isOpen(): boolean;
  /** Number `index` of the replies arrived at the caller; they are handed over in their order. */
  arrive(index: number, event: Arrival): void;
  fail(error: MillraceError): void;
  /** Fails with the code that the client was opened with. */
  unreachable(why: string): void;
  /** The server learns that nobody waits any more. */
  leave(): void;
  /** Runs when the call has ended for the caller, in whatever way. */
  onEnd(step: () => void): void;
  replies(): AsyncGenerator<object>;
};

export type Arrival = { kind: 'reply'; reply: object } | { kind: 'end' } | { kind: 'failure'; error: MillraceError };

export function createFlyingCall(
  parts: Pick<FlyingCall, 'name' | 'client' | 'server'> & { address: string; unavailable: ErrorCode },
): FlyingCall {
  const { name, client, server, address } = parts;
  const handler = new AbortController();
  const endings: (() => void)[] = [];
  const early = new Map<number, Arrival>();
  const ready: Arrival[] = [];
  let expected = 0;
  let open = true;
  let wake = () => {};

  function close(): void {
    if (!open) return;
    open = false;
    for (const step of endings) step();
  }

  function take(event: Arrival): void {
    if (!open) return;
    ready.push(event);
    if (event.kind !== 'reply') close();
    wake();
  }

  const call: FlyingCall = {
    ...{ name, client, server, gone: handler.signal },
    isOpen: () => open,
    arrive(index, event) {
      early.set(index, event);
      for (let next = early.get(expected); next; next = early.get(expected)) {
        early.delete(expected++);
        take(next);
      }
    },
    fail: (error) => take({ kind: 'failure', error }),
    unreachable(why) {
      const details = { peer: address };
      call.fail(new MillraceError(parts.unavailable, `${address} cannot be reached: ${why}`, { details }));
    },
    leave() {
      handler.abort(new MillraceError('CANCELLED', 'the caller left', { details: { peer: client.name } }));
    },
    onEnd: (step) => void endings.push(step),
    async *replies() {
      for (;;) {
        const event = ready.shift();
        if (event === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else if (event.kind === 'reply') yield event.reply;
        else if (event.kind === 'failure') throw event.error;
        else return;
      }
    },
  };
  return call;
}
