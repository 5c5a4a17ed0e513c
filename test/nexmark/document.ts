import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../../docs/nexmark.md');
const [BEGIN, END] = ['<!-- results: begin -->', '<!-- results: end -->'];

/** Puts the table between the marks of docs/nexmark.md. */
export function writeDocument(table: string): void {
  writeFileSync(FILE, withTable(readFileSync(FILE, 'utf8'), table));
}

export function withTable(text: string, table: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} lacks the marks ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n${table}\n${text.slice(end)}`;
}
