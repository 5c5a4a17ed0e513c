import { ONLY_OUTPUT, type Stage, sinkOutputsOf } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';

/**
 * Whether two attempts of a task of these stages may run at once. Where one delivers while it runs (Kafka without transactions)
 * a second would only make sure that readers see records twice: it waits for a failure.
 */
export function mayRunTwice({ outputs }: Pick<JobSpec, 'outputs'>, stages: readonly Stage[]): boolean {
  const delivering = outputs.filter(({ sink }) => sink.type === 'kafka' && sink.delivery.kind === 'atLeastOnce');
  const names = delivering.map(({ name }) => name ?? ONLY_OUTPUT);
  return !stages.flatMap(sinkOutputsOf).some(({ output }) => names.includes(output));
}
