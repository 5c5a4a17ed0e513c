import type { ModeNote } from '../plan/index.ts';
import type { OutputMode } from '../spec/job-spec.ts';
import type { Refusal } from './refusal.ts';

/** What decides which output modes a query has. */
export type ModeFacts = {
  /** For people: which rows that were put out may be taken back or replaced later. Null: none. */
  changing: string | null;
  /** The watermark tells when rows can change no more. */
  closes: boolean;
  /** Something that is closed is forgotten. */
  forgets: boolean;
  /** Something tells rows apart. */
  hasKey: boolean;
  /** What tells them apart and no output column carries. */
  hiddenKeys: string[];
  watermarkColumn: string | null;
  /** Sources that it reads whose records are changes of a table. */
  takingBack: string[];
};

/** Null when `mode` is possible, else why not and which modes are. */
export function refuseMode(mode: OutputMode, facts: ModeFacts): Refusal | null {
  const reason = whyNot(mode, facts);
  if (reason === null) return null;
  const possible = possibleModes(facts);
  const hint = possible.length > 0 ? `Possible here: outputMode: ${possible.join(' or ')}.` : '';
  return {
    message: `outputMode ${mode} is not possible: ${reason}`,
    hint: [hint, advice(mode, facts)].join(' ').trim(),
    location: null,
    path: 'outputMode',
  };
}

/** Of every mode whether it is possible, and if not why: by the query, or else by what `refuseSink` says of the sink in that mode. */
export const modeNotes = (output: string, facts: ModeFacts, refuseSink: (mode: OutputMode) => Refusal[]): ModeNote[] =>
  MODES.map((mode) => {
    const byQuery = whyNot(mode, facts);
    const [bySink] = byQuery === null ? refuseSink(mode) : [];
    const reason = byQuery ?? bySink?.message ?? null;
    const remedy = byQuery === null ? (bySink?.hint ?? '') : advice(mode, facts);
    return {
      output,
      mode,
      possible: reason === null,
      reason,
      remedy: reason === null || remedy === '' ? null : remedy,
    };
  });

const MODES = ['append', 'update', 'complete', 'changelog'] as const;

export const possibleModes = (facts: ModeFacts): OutputMode[] => MODES.filter((mode) => whyNot(mode, facts) === null);

function whyNot(mode: OutputMode, facts: ModeFacts): string | null {
  const { changing, closes, forgets, hasKey, hiddenKeys, takingBack } = facts;
  switch (mode) {
    case 'append':
      if (changing === null || closes) return null;
      return takingBack.length > 0
        ? `rows may be taken back at any time, because ${takingBack.join(' and ')} may take back its own.`
        : `${changing}, because no column of the result is a window of a watermark column.`;
    case 'update':
      if (changing === null && !hasKey) return 'every row is final and none has a key to update by.';
      if (!hasKey) return 'nothing tells the rows apart, so a reader could not tell which row is updated.';
      return hiddenKeys.length === 0
        ? null
        : `the SELECT list leaves out ${hiddenKeys.join(', ')}, so a reader could not tell which row is updated.`;
    case 'complete':
      if (changing === null && !hasKey) return 'it would repeat every row ever read in every batch.';
      return forgets ? 'closed windows are forgotten, so the whole result is not there to repeat.' : null;
    case 'changelog':
      return null;
    default:
      return mode satisfies never;
  }
}

function advice(mode: OutputMode, { changing, hiddenKeys, watermarkColumn, takingBack }: ModeFacts): string {
  if (mode === 'update' && changing !== null && hiddenKeys.length > 0)
    return `Or add ${hiddenKeys.join(', ')} to the SELECT list.`;
  if (mode !== 'append' || takingBack.length > 0) return '';
  const time = watermarkColumn ?? 'a time column';
  return watermarkColumn === null
    ? 'For append declare a watermark on the source and group by window_start of tumble over its column.'
    : `For append group by window_start of tumble(…, ${time}, …).`;
}
