/** Bytes that a task holds of the executor's prefetch budget. */
export type Reservation = {
  /** Replaces the estimate by what was really read. May pass the limit; later tasks then wait for it. */
  resize(bytes: number): void;
  /** Idempotent. */
  release(): void;
};

export type ByteBudget = {
  /** Resolves in the order of the calls. Rejects with the signal's reason when it is aborted before. */
  reserve(bytes: number, signal: AbortSignal): Promise<Reservation>;
  held(): number;
  waiting(): number;
};

/**
 * A fair semaphore over bytes: first come, first served, so that a large task is not overtaken for ever by small ones.
 * When nothing is held one task is admitted whatever its size: a task larger than the budget must run as well.
 */
export function createByteBudget(bytesMax: number): ByteBudget {
  const queue: { bytes: number; admit: () => void }[] = [];
  let held = 0;
  let holders = 0;

  const admitNext = () => {
    for (let head = queue[0]; head && (holders === 0 || held + head.bytes <= bytesMax); head = queue[0]) {
      queue.shift();
      head.admit();
    }
  };
  const take = (bytes: number): Reservation => {
    let mine: number | null = bytes;
    held += bytes;
    holders += 1;
    const set = (next: number) => {
      if (mine === null) return;
      held += next - mine;
      mine = next;
      admitNext();
    };
    return {
      resize: set,
      release: () => {
        if (mine === null) return;
        holders -= 1;
        set(0);
        mine = null;
      },
    };
  };

  return {
    reserve: (bytes, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const entry = {
          bytes,
          admit: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(take(bytes));
          },
        };
        const onAbort = () => {
          queue.splice(queue.indexOf(entry), 1);
          reject(signal.reason);
          admitNext();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        queue.push(entry);
        admitNext();
      }),
    held: () => held,
    waiting: () => queue.length,
  };
}
