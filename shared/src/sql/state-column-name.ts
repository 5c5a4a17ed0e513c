import { createHash } from 'node:crypto';

/** Name length that still reads well in `millrace state`. */
const STATE_NAME_LETTERS = 40;

/** A column name from what the column holds: readable where that is short, always the same for the same content. */
export function stateColumnName(readable: string, content: string, taken: Set<string>): string {
  const slug = readable
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 6);
  const short = /^[\w]{1,40}$/.test(readable) && !readable.startsWith('__') ? readable : '';
  const base =
    short ||
    (slug.length > 0 && slug.length <= STATE_NAME_LETTERS && !readable.startsWith('{') ? slug : `expression_${digest}`);
  const name = taken.has(base.toLowerCase()) ? `${base}_${digest}` : base;
  taken.add(name.toLowerCase());
  return name;
}
