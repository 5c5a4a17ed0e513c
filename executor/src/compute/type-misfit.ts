// Which JSON does not fit a column type, as SQL conditions over a JSON value. Types are in DuckDB's spelling.
import { quoteText } from './sql-text.ts';

/** Any JSON is a text. */
export const takesAnything = (type: string): boolean => type === 'VARCHAR' || type === 'JSON';

export const isNested = (type: string): boolean => type.endsWith('[]') || /^(STRUCT|MAP)\(/.test(type);

/** True where some of `value` does not fit; null and missing parts always do. Never NULL. */
export function misfit(value: string, type: string, depth = 0): string {
  if (takesAnything(type)) return 'false';
  if (type.endsWith('[]')) {
    return unless('ARRAY', value, anyItem(`CAST(${value} AS JSON[])`, type.slice(0, -2), depth));
  }
  if (type.startsWith('STRUCT(')) {
    const fields = splitFields(type.slice('STRUCT('.length, -1)).map((field) => {
      const [, name = '', inner = ''] = /^("(?:[^"]|"")*"|\w+) (.+)$/s.exec(field) ?? [];
      return misfit(`json_extract(${value}, ${quoteText(pointerTo(name))})`, inner, depth);
    });
    return unless('OBJECT', value, fields.join(' OR '));
  }
  if (type.startsWith('MAP(')) {
    const [keys = '', values = ''] = splitFields(type.slice('MAP('.length, -1));
    const wrongKey = `len(list_filter(json_keys(${value}), lambda key: TRY_CAST(key AS ${keys}) IS NULL)) > 0`;
    return unless('OBJECT', value, `${wrongKey} OR ${anyItem(`json_extract(${value}, '$.*')`, values, depth)}`);
  }
  return `coalesce(json_type(${value}), 'NULL') <> 'NULL' AND TRY_CAST(${value} AS ${type}) IS NULL`;
}

function unless(jsonType: string, value: string, inside: string): string {
  return `CASE coalesce(json_type(${value}), 'NULL') WHEN 'NULL' THEN false WHEN '${jsonType}' THEN ${inside} ELSE true END`;
}

function anyItem(items: string, type: string, depth: number): string {
  const item = `item${depth}`;
  const wrong = misfit(item, type, depth + 1);
  return wrong === 'false' ? wrong : `len(list_filter(${items}, lambda ${item}: ${wrong})) > 0`;
}

/** JSON pointer to a field whose name is an SQL identifier. */
function pointerTo(identifier: string): string {
  const name = identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** At commas that are in no parentheses and no quotes. */
function splitFields(list: string): string[] {
  const fields: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < list.length; at++) {
    const sign = list[at];
    if (sign === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (sign === '(') depth++;
    else if (sign === ')') depth--;
    else if (sign === ',' && depth === 0) {
      fields.push(list.slice(start, at).trim());
      start = at + 1;
    }
  }
  return [...fields, list.slice(start).trim()];
}
