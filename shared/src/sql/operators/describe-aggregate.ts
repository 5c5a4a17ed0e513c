import { intervalText } from '../interval-size.ts';
import type { AggregateShape } from './aggregate-sql.ts';

/** For people: what is aggregated by what. */
export function describeAggregate({ keys, accumulators, derived, closing }: AggregateShape): string {
  const by = keys.length > 0 ? `by ${[...keys, ...derived].map(({ name }) => name).join(', ')}` : 'over everything';
  const size = closing && closing.toEndMicros > 0 ? ` (windows of ${intervalText(closing.toEndMicros)})` : '';
  return `${accumulators.map(({ partialSql }) => partialSql).join(', ')} ${by}${size}`;
}
