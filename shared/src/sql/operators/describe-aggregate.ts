import { intervalText } from '../interval-size.ts';
import type { AggregateShape } from './aggregate-sql.ts';

/** Of a line that people read. */
const ACCUMULATORS_SHOWN_MAX = 4;

/** For people: what is aggregated by what. */
export function describeAggregate({ keys, accumulators, derived, closing }: AggregateShape): string {
  const by = keys.length > 0 ? `by ${[...keys, ...derived].map(({ name }) => name).join(', ')}` : 'over everything';
  const size = closing && closing.toEndMicros > 0 ? ` (windows of ${intervalText(closing.toEndMicros)})` : '';
  const shown = accumulators.slice(0, ACCUMULATORS_SHOWN_MAX).map(({ partialSql }) => partialSql);
  const more = accumulators.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''} ${by}${size}`;
}
