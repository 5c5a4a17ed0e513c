import { type GrowthNote, rowBytes, type StateTable } from '../plan/index.ts';
import type { StageDraft } from './operators/draft.ts';
import type { Placement } from './operators/place-relations.ts';
import { closingOf } from './relations/aggregate-relation.ts';
import { isFixed, type Relation } from './relations/relation.ts';
import { endsByTtl } from './relations/state-ttl.ts';
import { keptOfSides } from './relations/time-bounds.ts';

type Growth = {
  /** Every new one of these is a row more. */
  by: string;
  why: string;
  /** The operators that keep the rows, by what follows the relation's id, and what they are rows of. */
  kept: { suffix: string; of: string }[];
  remedy: string;
};

/** What never ends of the state of these, and why. `ttl`: the job has a stateTtl, which ends most. */
export const stateWarnings = (order: readonly Relation[], ttl: boolean): string[] =>
  order.flatMap((relation) => (ttl && endsByTtl(relation) ? [] : (growsBy(relation, null) ?? []))).map(warningOf);

const warningOf = ({ by, why }: Pick<Growth, 'by' | 'why'>): string =>
  `State grows with every new ${by} and never ends: ${why}.`;

/** The same with what it takes. `watermarkColumn`: of any source. */
export function growthNotes(
  order: readonly Relation[],
  { stages, keepers }: Placement,
  { watermarkColumn, ttl }: { watermarkColumn: string | null; ttl: boolean },
): GrowthNote[] {
  const tables = tablesOf(stages);
  return order.flatMap((relation) => {
    const [growth, operator] = [growsBy(relation, watermarkColumn), keepers.get(relation)];
    const expires = endsByTtl(relation);
    if (growth === null || operator === undefined || (ttl && expires)) return [];
    const bytes = new Map<string, GrowthNote['rows'][number]>();
    for (const { suffix, of } of growth.kept) {
      const { memory, stored } = rowBytes(tables.get(operator + suffix)!);
      const known = bytes.get(of);
      const [memoryBytes, storedBytes] = [memory + (known?.memoryBytes ?? 0), stored + (known?.storedBytes ?? 0)];
      bytes.set(of, { of, memoryBytes, storedBytes });
    }
    return [
      {
        warning: warningOf(growth),
        operator,
        rows: [...bytes.values()],
        remedy: growth.remedy + (expires ? ' Or set stateTtl.' : ''),
      },
    ];
  });
}

const tablesOf = (stages: readonly StageDraft[]): Map<string, StateTable> =>
  new Map(stages.flatMap(({ operators }) => operators.flatMap(({ id, state }) => (state ? [[id, state]] : []))));

function growsBy(relation: Relation, watermarkColumn: string | null): Growth | null {
  if (isFixed(relation)) return null;
  if (relation.kind === 'aggregate') {
    const { keys, aggregates } = relation;
    if (closingOf(keys) !== null || keys.length === 0) return null;
    const names = keys.map(({ name }) => name).join(', ');
    const remedy =
      aggregates.length === 0
        ? ending(watermarkColumn, 'Have', `${watermarkColumn ?? 'its column'} among the columns`)
        : ending(watermarkColumn, 'Group', windowOf(watermarkColumn));
    const kept = [{ suffix: '', of: `distinct ${names}` }];
    return { by: `value of ${names}`, why: 'no group key is a window of a watermark column', kept, remedy };
  }
  if (relation.kind === 'recompute') return recomputeGrowth(relation, watermarkColumn);
  if (relation.kind !== 'join' || isFixed(relation.left) || isFixed(relation.right)) return null;
  const { type, bounds } = relation;
  const time = watermarkColumn ?? 'ts';
  const bound = `how far apart in event time rows match (AND b.${time} BETWEEN a.${time} AND a.${time} + INTERVAL '1 hour')`;
  const remedy = ending(watermarkColumn, 'Bound', bound);
  const sides = {
    left: { suffix: '_left', of: 'row of the left side' },
    right: { suffix: '_right', of: 'row of the right side' },
  };
  if (bounds === null) {
    const by = `row of both sides of the ${type} join`;
    const why = 'nothing bounds how far apart in event time rows match';
    return { by, why, kept: [sides.left, sides.right], remedy };
  }
  const keptFor = keptOfSides(type, relation, bounds);
  const endless = (['left', 'right'] as const).filter((side) => keptFor[side] === null);
  if (endless.length === 0) return null;
  const by = `row of ${endless.length === 2 ? 'both sides' : `the ${endless[0]} side`} of the ${type} join`;
  const kept = endless.map((side) => sides[side]);
  return { by, why: 'nothing bounds how much later than it a match may be', kept, remedy };
}

function recomputeGrowth(
  relation: Extract<Relation, { kind: 'recompute' }>,
  watermarkColumn: string | null,
): Growth | null {
  if (relation.closing !== null) return null;
  const { keys, what, keepsOnlyResults, qualify, grouped } = relation;
  const first = keepsOnlyResults && qualify.length > 0;
  if (first && keys.length === 0) return null;
  const by = first ? `value of ${keys.join(', ')}` : `row that ${what} is computed of`;
  const of = first ? `row kept of each ${keys.join(', ')}` : 'such row';
  const rows = keepsOnlyResults ? [] : [{ suffix: '_rows', of }];
  // Of groups there is one result for many rows.
  const results = grouped ? [] : [{ suffix: '_results', of }];
  const remedy = ending(watermarkColumn, grouped ? 'Group' : 'Partition', windowOf(watermarkColumn));
  return { by, why: 'no key is a window of a watermark column', kept: [...rows, ...results], remedy };
}

/** What would make state end, where a column of event time would have to be one of so many others. */
function ending(watermarkColumn: string | null, verb: string, what: string): string {
  const declared = watermarkColumn === null ? `Declare a watermark on the source and ${verb.toLowerCase()}` : verb;
  return `${declared} ${what}, and it ends.`;
}

const windowOf = (watermarkColumn: string | null): string =>
  watermarkColumn === null
    ? 'by a window of its column too'
    : `by window_start of tumble(…, ${watermarkColumn}, …) too`;
