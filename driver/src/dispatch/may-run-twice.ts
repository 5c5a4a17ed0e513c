import type { Stage } from '@millrace/shared/plan';
import type { JobSpec } from '@millrace/shared/spec';

/**
 * Whether two attempts of a task of these stages may run at once. Where one delivers while it runs (Kafka without transactions)
 * a second would only make sure that readers see records twice: it waits for a failure.
 */
export function mayRunTwice({ sink, sources }: Pick<JobSpec, 'sink' | 'sources'>, stages: readonly Stage[]): boolean {
  const writesOutput = stages.some((stage) => stage.output.kind === 'sink');
  const readsRecords = stages.some((stage) => stage.input.kind === 'source');
  const lettersToTopic = sources.some(
    ({ onBadRecord }) => onBadRecord.kind === 'deadLetter' && onBadRecord.target.kind === 'topic',
  );
  return !(writesOutput && sink.type === 'kafka') && !(readsRecords && lettersToTopic);
}
