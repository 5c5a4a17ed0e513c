import { type Stage, sinkOutputOf } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';

/**
 * Whether two attempts of a task of these stages may run at once. Where one delivers while it runs (Kafka without transactions)
 * a second would only make sure that readers see records twice: it waits for a failure.
 */
export function mayRunTwice({ sink }: Pick<JobSpec, 'sink'>, stages: readonly Stage[]): boolean {
  const delivers = sink.type === 'kafka' && sink.delivery.kind === 'atLeastOnce';
  return !delivers || stages.every((stage) => sinkOutputOf(stage) === null);
}
