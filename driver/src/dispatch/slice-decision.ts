import type { OperatorStats } from '@millrace/proto';
import type { OutputPlan, Stage } from '@millrace/shared/plan';

export type SliceFacts = {
  /** There are rows to take in. */
  hasBlocks: boolean;
  /** What is known of the slice's state; operators without an entry: nothing, since this driver took over or the slice moved. */
  stats: readonly OperatorStats[];
  /** Of the batch. */
  watermarkMs: number | null;
  /** It forgets what the batch before did not, by stateTtl. */
  forgets: boolean;
  /** Of all outputs. */
  modes: readonly OutputPlan['mode'][];
};

/** A slice without input still has to run when time closes some of its rows or the whole result is asked for. */
export function mustRun({ operators }: Pick<Stage, 'operators'>, facts: SliceFacts): boolean {
  const { hasBlocks, stats, watermarkMs, forgets, modes } = facts;
  if (hasBlocks || modes.includes('complete')) return true;
  return operators.some(({ id, state }) => {
    if (state === null) return false;
    const known = stats.find(({ operatorId }) => operatorId === id);
    if (!known) return true;
    if (forgets && state.ttl?.takesBack && known.rows > 0) return true;
    const { nextExpiryMs } = known;
    return nextExpiryMs !== undefined && watermarkMs !== null && nextExpiryMs <= watermarkMs;
  });
}

/** What is known of a slice after a batch: of stages that ran what they said, of the others what was known before. */
export function statsAfter(
  known: readonly OperatorStats[],
  ran: readonly { operators: readonly OperatorStats[] }[],
): OperatorStats[] {
  const news = ran.flatMap(({ operators }) => operators);
  const ids = new Set(news.map(({ operatorId }) => operatorId));
  return [...known.filter(({ operatorId }) => !ids.has(operatorId)), ...news];
}
