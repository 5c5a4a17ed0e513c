/** A call of the driver to an executor, as it passes. */
export type PassingCall = {
  executor: string;
  method: 'RunTask' | 'Publish';
  /** `request`: the executor has not heard of it yet. `reply`: it has done all the work, and the driver does not know. */
  at: 'request' | 'reply';
  jobId: string;
  batch: number;
  /** Of a task; empty for other calls. */
  stage: string;
  attempt: number;
  /** Whether the task looks at this record. */
  reads(partition: number, offset: number): boolean;
};

type PausePoint = Partial<PassingCall> | ((call: PassingCall) => boolean);

/** A call that waits until it is released, or for ever when its executor or the driver dies first. */
export type HeldCall = PassingCall & { release(): void };

export type PausePoints = {
  /** Resolves with the first call that matches, which then stands still. */
  pauseAt(point: PausePoint): Promise<HeldCall>;
  /** Called for every call at both points; resolves when it may go on. */
  pass(call: PassingCall): Promise<void>;
};

type Trap = { point: PausePoint; spring(held: HeldCall): void };

/** Lets tests stop the cluster at an exact point of its protocol without a line in the product. */
export function createPausePoints(): PausePoints {
  const traps: Trap[] = [];
  return {
    pauseAt: (point) => new Promise((spring) => traps.push({ point, spring })),
    pass: async (call) => {
      const index = traps.findIndex(({ point }) => matches(point, call));
      const [trap] = index < 0 ? [] : traps.splice(index, 1);
      if (!trap) return;
      await new Promise<void>((release) => trap.spring({ ...call, release }));
    },
  };
}

function matches(point: PausePoint, call: PassingCall): boolean {
  if (typeof point === 'function') return point(call);
  return Object.entries(point).every(([field, value]) => call[field as keyof PassingCall] === value);
}
