import { WEIGHT_COLUMN } from '../plan/index.ts';

/**
 * A piece of an aggregate's state: `partial` makes it from input rows, `merge` from pieces, `combine` adds a new
 * piece to the stored one (`stored` is NULL for a new group). All give the same type.
 */
export type Accumulator = {
  partial(args: readonly string[]): string;
  /** Extra condition on input rows. */
  only?(args: readonly string[]): string;
  merge(piece: string, pieces: readonly string[]): string;
  combine(stored: readonly string[], fresh: readonly string[], index: number): string;
};

export type MergeableAggregate = {
  arguments: number;
  /** DISTINCT changes nothing. */
  ignoresRepeats: boolean;
  accumulators: readonly Accumulator[];
  /** The aggregate's value from its accumulators. */
  finish(pieces: readonly string[]): string;
  /** Whether it adds up over arguments of these types; for all unless it says so. */
  accepts?(types: readonly string[]): boolean;
  /** The same over rows with a weight, where they may be taken back; null where it cannot be. */
  retracting?(types: readonly string[]): MergeableAggregate | null;
};

/** The aggregate as it is to be computed; null where its pieces do not add up. */
export function mergeableFor(name: string, types: readonly string[], retracts: boolean): MergeableAggregate | null {
  const known = MERGEABLE_AGGREGATES[name];
  if (known === undefined || known.arguments !== types.length) return null;
  if (retracts) return known.retracting?.(types) ?? null;
  return (known.accepts?.(types) ?? true) ? known : null;
}

const addition: Accumulator['combine'] = (stored, fresh, i) =>
  `coalesce(${stored[i]} + ${fresh[i]}, ${stored[i]}, ${fresh[i]})`;

/** The better of two by `operator`; NULL loses. */
const better =
  (operator: string, by: number): Accumulator['combine'] =>
  (stored, fresh, i) =>
    `CASE WHEN ${stored[by]} IS NULL OR ${fresh[by]} ${operator} ${stored[by]} THEN ${fresh[i]} ELSE ${stored[i]} END`;

const counting = (call: (args: readonly string[]) => string): Accumulator => ({
  partial: call,
  merge: (piece) => `sum(${piece})`,
  combine: addition,
});

const sum = counting(([value]) => `sum(${value})`);
const count = counting(([value]) => `count(${value})`);

const WEIGHT = `"${WEIGHT_COLUMN}"`;
/** How many rows there are, less those that were taken back. NULL is none. */
const weights = (only?: Accumulator['only']): Accumulator => ({
  ...counting(() => `sum(${WEIGHT})`),
  ...(only ? { only } : {}),
});
const isKnown: Accumulator['only'] = ([value]) => `${value} IS NOT NULL`;
const asCount = (piece: string) => `CAST(coalesce(${piece}, 0) AS BIGINT)`;

const INTEGER_TYPE = /^(U?(TINY|SMALL|BIG)INT|U?INTEGER|HUGEINT|BOOLEAN)$/;
const NUMBER_TYPE = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL\(.*\)|FLOAT|DOUBLE)$/;
/** Digits of a DECIMAL that leave room for those of a weight, an INTEGER. */
const DECIMAL_DIGITS_MAX = 28;

/** Only of exact numbers: what was added to a DOUBLE cannot be taken away from it. */
function weightedSum([type = '']: readonly string[]): Accumulator | null {
  const digits = /^DECIMAL\((\d+),/.exec(type)?.[1];
  if (digits !== undefined && Number(digits) <= DECIMAL_DIGITS_MAX)
    return counting(([value]) => `sum(${value} * ${WEIGHT})`);
  return INTEGER_TYPE.test(type) ? counting(([value]) => `sum(CAST(${value} AS HUGEINT) * ${WEIGHT})`) : null;
}

const overWeights = (args: number, only?: Accumulator['only']) => (): MergeableAggregate => ({
  arguments: args,
  ignoresRepeats: false,
  accumulators: [weights(only)],
  finish: ([piece]) => asCount(piece!),
});

const weightedBy =
  (finish: MergeableAggregate['finish']) =>
  (types: readonly string[]): MergeableAggregate | null => {
    const total = weightedSum(types);
    return total && { arguments: 1, ignoresRepeats: false, accumulators: [total, weights(isKnown)], finish };
  };

const simple = (args: number, ignoresRepeats: boolean, accumulator: Accumulator): MergeableAggregate => ({
  arguments: args,
  ignoresRepeats,
  accumulators: [accumulator],
  finish: ([piece]) => piece!,
});

const extreme = (name: 'min' | 'max', operator: string): MergeableAggregate =>
  simple(1, true, {
    partial: ([value]) => `${name}(${value})`,
    merge: (piece) => `${name}(${piece})`,
    combine: better(operator, 0),
  });

const logical = (name: 'bool_and' | 'bool_or', operator: 'AND' | 'OR'): MergeableAggregate =>
  simple(1, true, {
    partial: ([value]) => `${name}(${value})`,
    merge: (piece) => `${name}(${piece})`,
    combine: (stored, fresh) => `coalesce(${stored[0]} ${operator} ${fresh[0]}, ${stored[0]}, ${fresh[0]})`,
  });

/** Ties go to the row seen first. Rows with a NULL on either side do not take part, as in DuckDB. */
const argument = (name: 'arg_min' | 'arg_max', by: 'min' | 'max', operator: string): MergeableAggregate => ({
  arguments: 2,
  ignoresRepeats: true,
  accumulators: [
    {
      partial: ([value, order]) => `${name}(${value}, ${order})`,
      merge: (piece, pieces) => `${name}(${piece}, ${pieces[1]})`,
      combine: better(operator, 1),
    },
    {
      partial: ([, order]) => `${by}(${order})`,
      only: ([value]) => `${value} IS NOT NULL`,
      merge: (piece) => `${by}(${piece})`,
      combine: better(operator, 1),
    },
  ],
  finish: ([piece]) => piece!,
});

const average: MergeableAggregate = {
  arguments: 1,
  ignoresRepeats: false,
  accumulators: [sum, count],
  finish: ([total, rows]) => `CAST(${total} AS DOUBLE) / ${rows}`,
  accepts: ([type = '']) => NUMBER_TYPE.test(type),
  retracting: weightedBy(
    ([total, rows]) => `CASE WHEN ${rows} > 0 THEN CAST(${total} AS DOUBLE) / CAST(${rows} AS DOUBLE) END`,
  ),
};

const total: MergeableAggregate = {
  ...simple(1, false, sum),
  retracting: weightedBy(([sum, rows]) => `CASE WHEN ${rows} > 0 THEN ${sum} END`),
};

const countIf: MergeableAggregate = {
  ...simple(
    1,
    false,
    counting(([test]) => `count_if(${test})`),
  ),
  // Of nothing but NULLs it is NULL.
  retracting: () => ({
    ...{ arguments: 1, ignoresRepeats: false, accumulators: [weights(([test]) => `(${test})`), weights(isKnown)] },
    finish: ([hits, known]) => `CASE WHEN ${known} > 0 THEN ${asCount(hits!)} END`,
  }),
};

const argMin = argument('arg_min', 'min', '<');
const argMax = argument('arg_max', 'max', '>');

/** Every aggregate that two phases and a store can compute, by DuckDB's name. Adding one is adding a line. */
export const MERGEABLE_AGGREGATES: Readonly<Record<string, MergeableAggregate>> = {
  count_star: {
    ...simple(
      0,
      false,
      counting(() => 'count(*)'),
    ),
    retracting: overWeights(0),
  },
  count: { ...simple(1, false, count), retracting: overWeights(1, isKnown) },
  count_if: countIf,
  countif: countIf,
  sum: total,
  avg: average,
  mean: average,
  min: extreme('min', '<'),
  max: extreme('max', '>'),
  bool_and: logical('bool_and', 'AND'),
  bool_or: logical('bool_or', 'OR'),
  arg_min: argMin,
  argmin: argMin,
  min_by: argMin,
  arg_max: argMax,
  argmax: argMax,
  max_by: argMax,
};
