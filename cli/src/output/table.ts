import { stripVTControlCharacters } from 'node:util';
import type { Style } from './style.ts';

export type TableColumn = { title: string; align?: 'left' | 'right' };

/** Two spaces keep columns apart without lines that get in the way of copying. */
const GAP = '  ';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Characters as they are seen: colours take no room, a letter with its accents takes one. */
export function visibleLength(text: string): number {
  const plain = stripVTControlCharacters(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII, where nothing needs segmenting
  return /^[\x00-\x7f]*$/.test(plain) ? plain.length : [...graphemes.segment(plain)].length;
}

/** Rows under dim titles, aligned; lines end without spaces and with a newline. No rows: only the titles. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((width, row) => Math.max(width, visibleLength(row[index] ?? '')), title.length),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => pad(cells[index] ?? '', widths[index]!, align ?? 'left'))
      .join(GAP)
      .trimEnd();
  const titles = style.dim(line(columns.map(({ title }) => title)));
  return `${[titles, ...rows.map(line)].join('\n')}\n`;
}

/** `name: value` lines with the values aligned; empty values are left out. */
export function renderFields(fields: readonly (readonly [string, string])[], style: Style): string {
  const shown = fields.filter(([, value]) => value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${style.dim(name.padEnd(width))}${GAP}${value}\n`).join('');
}

/** At most `max` visible characters, the last an ellipsis where something was cut. Colours of cut text are dropped. */
export function truncate(text: string, max: number): string {
  if (visibleLength(text) <= max) return text;
  const parts = [...graphemes.segment(stripVTControlCharacters(text))].map(({ segment }) => segment);
  return `${parts.slice(0, Math.max(0, max - 1)).join('')}…`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - visibleLength(text)));
  return align === 'right' ? space + text : text + space;
}
