import { roughSize } from '../spec/quantities.ts';
import type { StateNote } from './plan-notes.ts';

/** What becomes of a piece of state when the query of a job changes. */
export type StateOutcome = {
  fate: 'kept' | 'lost' | 'new';
  /** As the state is called in metrics and `millrace state`. */
  operator: string;
  /** What it is, in the user's terms. */
  title: string;
  view: string | null;
  /** The output that alone has it; null: a view has, or the job has one output. */
  output: string | null;
  keys: string[];
  /** Why it is not kept, or begins empty; empty for what is kept. */
  reason: string;
  /** What there is of it: rows after the last batch, and bytes in the store. 0 for what is new. */
  rows: number;
  bytes: number;
};

const KINDS: Readonly<Record<StateNote['kind'], string>> = {
  aggregate: 'aggregate',
  recompute: 'computed anew',
  join: '',
  temporal: '',
  newest: '',
  hold: 'rows held until the watermark passes',
  collect: 'whole result',
};

/** Such as `aggregate count(*), sum(amount) by country`. */
export function stateTitle({ kind, computes, keys }: Pick<StateNote, 'kind' | 'computes' | 'keys'>): string {
  const [first, ...conditions] = computes;
  const what = kind === 'join' || kind === 'temporal' ? first! : `${KINDS[kind]} ${computes.join(', ')}`.trim();
  const by = keys.join(', ');
  switch (kind) {
    case 'join':
    case 'temporal':
      return `${what} on ${[...(by === '' ? [] : [by]), ...conditions].join(', ') || 'every pair'}`;
    case 'newest':
      return `newest row of each ${by} of ${first}`;
    case 'hold':
      return `${what} ${by}`;
    case 'collect':
      return what;
    default:
      return by === '' ? `${what} over everything` : `${what} by ${by}`;
  }
}

/** A line for each, aligned. */
export function stateOutcomeLines(changes: readonly StateOutcome[]): string[] {
  return changes.map(({ fate, title, view, output, reason, rows, bytes }) => {
    const where = view !== null ? ` in view ${view}` : output !== null ? ` in output ${output}` : '';
    const size = fate === 'new' ? '' : `: ${countText(rows, 'row')}, ${roughSize(bytes)} stored`;
    return `${fate.padEnd(4)}  ${title}${where}${size}${reason === '' ? '' : `; ${reason}`}`;
  });
}

const countText = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
