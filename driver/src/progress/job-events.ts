import type { Progress, TableStatusInput } from '@millrace/proto';
import type { MillraceError } from '@millrace/shared/errors';

export type TaskOfBatch = { stage: string; index: number; batchId: number };
export type FailedAttempt = TaskOfBatch & { executor: string; error: MillraceError; willRetry: boolean };
/** `executor` runs the second attempt of a task that straggles. */
export type SecondAttempt = TaskOfBatch & { executor: string; step: 'begun' | 'won' };

/** What makes a task fail again and again is looked for; `found` names the record or the records. */
export type PoisonSearch = TaskOfBatch & { found: string | null };

/** What a run of a job tells the world. */
export type JobEvents = {
  progress(progress: Progress): void;
  /** Rendered rows of a console sink; empty texts are dropped. */
  sinkText(text: string): void;
  attemptFailed(attempt: FailedAttempt): void;
  secondAttempt(attempt: SecondAttempt): void;
  poison(search: PoisonSearch): void;
  /** The run stands still because of this, and goes on by itself. */
  waits(error: MillraceError): void;
  /** … no longer. A batch that is done says the same. */
  goesOn(): void;
  /** How the tables stand that are read again and again. */
  tables(tables: TableStatusInput[]): void;
  /** One of them was looked at. */
  tableLooked(table: string, succeeded: boolean): void;
  /** Some of the input cannot be read for this reason, whatever becomes of the rest; null: no longer. */
  blocked(error: MillraceError | null): void;
};

export type JobEvent =
  | { kind: 'progress'; progress: Progress }
  | { kind: 'sinkText'; text: string }
  | { kind: 'attemptFailed'; attempt: FailedAttempt }
  | { kind: 'secondAttempt'; attempt: SecondAttempt }
  | { kind: 'tableLooked'; table: string; succeeded: boolean }
  | { kind: 'poison'; search: PoisonSearch }
  | { kind: 'status' };

/** Hands events to whoever watches. Watchers are cheap; a slow one is the stream's matter, not ours. */
export type JobEventHub = {
  emit(event: JobEvent): void;
  subscribe(listener: (event: JobEvent) => void): () => void;
};

export function createJobEventHub(): JobEventHub {
  const listeners = new Set<(event: JobEvent) => void>();
  return {
    emit(event) {
      for (const listener of [...listeners]) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
