/** Where something is in a spec: map keys and list indexes from the root. */
export type SpecPath = readonly (string | number)[];

/** `sources.transactions.topics[1]`: how problems name a place. */
export function pathText(path: SpecPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** The value at a path of plain data; undefined where there is none. */
export function valueAt(root: unknown, path: SpecPath): unknown {
  return path.reduce<unknown>(
    (value, part) => (isMap(value) || Array.isArray(value) ? Reflect.get(value, part) : undefined),
    root,
  );
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
