import type { OutputMode } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** What decides which output modes a query has. */
export type ModeFacts = {
  grouped: boolean;
  /** A group key is a window of the watermark column. */
  closes: boolean;
  /** Group keys that no output column carries. */
  hiddenKeys: string[];
  watermarkColumn: string | null;
};

/** Null when `mode` is possible, else why not and which modes are. */
export function refuseMode(mode: OutputMode, facts: ModeFacts): Refusal | null {
  const reason = whyNot(mode, facts);
  if (reason === null) return null;
  const possible = (['append', 'update', 'complete'] as const).filter((other) => whyNot(other, facts) === null);
  const hint = possible.length > 0 ? `Possible here: outputMode: ${possible.join(' or ')}.` : '';
  return {
    message: `outputMode ${mode} is not possible: ${reason}`,
    hint: [hint, advice(mode, facts)].join(' ').trim(),
    location: null,
    path: 'outputMode',
  };
}

function whyNot(mode: OutputMode, { grouped, closes, hiddenKeys }: ModeFacts): string | null {
  switch (mode) {
    case 'append':
      return !grouped || closes
        ? null
        : 'groups go on changing, because no group key is a window of a watermark column.';
    case 'update':
      if (!grouped) return 'without GROUP BY every row is final and none has a key to update by.';
      return hiddenKeys.length === 0
        ? null
        : `the SELECT list leaves out ${hiddenKeys.join(', ')}, so a reader could not tell which row is updated.`;
    case 'complete':
      if (!grouped) return 'it would repeat every row ever read in every batch.';
      return closes ? 'closed windows are forgotten, so the whole result is not there to repeat.' : null;
    default:
      return mode satisfies never;
  }
}

function advice(mode: OutputMode, { grouped, hiddenKeys, watermarkColumn }: ModeFacts): string {
  if (mode === 'update' && grouped && hiddenKeys.length > 0)
    return `Or add ${hiddenKeys.join(', ')} to the SELECT list.`;
  if (mode !== 'append') return '';
  const time = watermarkColumn ?? 'a time column';
  return watermarkColumn === null
    ? 'For append declare a watermark on the source and group by window_start of tumble over its column.'
    : `For append group by window_start of tumble(…, ${time}, …).`;
}
