// The leaves of the input schema: how one value is written. In this schema the `error` of a node is the phrase that
// says what is expected there ("a duration"), and a custom issue carries its hint; issue-problems.ts makes sentences.
import { z } from 'zod';
import { readColumnType } from './column-type.ts';
import { formatCount, formatDuration, formatSize, parseCount, parseDuration, parseSize } from './quantities.ts';

type Range = { min: number; max: number };

/** Refuses a value from inside a transform, with the phrase of what was expected and the way out. */
function refuse(context: z.RefinementCtx, expected: string, hint: string): never {
  context.addIssue({ code: 'custom', message: expected, params: { hint } });
  return z.NEVER;
}

/** A map with exactly these keys; the issue for an unknown key carries the known ones. */
export function fields<Shape extends z.core.$ZodLooseShape>(expected: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? JSON.stringify(Object.keys(shape)) : expected),
  });
}

/** A text that fits a pattern and a length in characters. */
export function text(expected: string, hint: string, pattern: RegExp, lengthMax: number) {
  return z.string({ error: expected }).transform((value, context) => {
    if (value.length > lengthMax) return refuse(context, `${expected} of at most ${lengthMax} characters`, hint);
    return pattern.test(value) ? value : refuse(context, expected, hint);
  });
}

/** A key of a map that fits a pattern. */
export function keyText(expected: string, pattern: RegExp) {
  return z.string({ error: expected }).regex(pattern, { error: expected });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: values.length === 1 ? values[0] : `one of ${values.join(', ')}` });
}

export function yesOrNo() {
  const expected = 'true or false';
  return z.union([z.boolean(), z.string()], { error: expected }).transform((value, context) => {
    if (typeof value === 'boolean') return value;
    if (value === 'true' || value === 'false') return value === 'true';
    return refuse(context, expected, 'Write true or false.');
  });
}

function quantity(
  expected: string,
  hint: string,
  parse: (text: string) => number | undefined,
  format: (value: number) => string,
  range: Range,
) {
  return (value: string, context: z.RefinementCtx): number => {
    const parsed = parse(value);
    if (parsed === undefined) return refuse(context, expected, hint);
    if (parsed >= range.min && parsed <= range.max) return parsed;
    return refuse(
      context,
      `${expected} from ${format(range.min)} to ${format(range.max)}`,
      'Choose a value in this range.',
    );
  };
}

/** Milliseconds, written `500ms`, `10s`, `5m`, `2h`, `1d`. */
export function duration(range: Range) {
  const hint = 'Write a number and a unit: 500ms, 10s, 5m, 2h or 1d.';
  const read = quantity('a duration', hint, parseDuration, formatDuration, range);
  return z.string({ error: 'a duration such as 500ms, 10s or 5m' }).transform(read);
}

/** Bytes, written `64MB` or `1GiB`. */
export function size(range: Range) {
  const hint = 'Write a number and a unit: 512KB, 64MB, 1GB (powers of ten) or 64MiB, 1GiB (powers of two).';
  const read = quantity('a size', hint, parseSize, formatSize, range);
  return z.string({ error: 'a size such as 64MB or 1GiB' }).transform(read);
}

/** A whole number, written `5000000`, `5_000_000` or `5M`. */
export function count(range: Range) {
  const hint = 'Write a whole number: 5000000, 5_000_000, 5M or 500k.';
  const read = quantity('a count', hint, parseCount, formatCount, range);
  const written = z.union([z.number(), z.string()], { error: 'a whole number' });
  return written.transform((value, context) => read(String(value), context));
}

/** Milliseconds since the epoch of a moment with its time zone, `2024-01-01T00:00:00Z`. */
export function moment() {
  const expected = 'a moment with its time zone';
  const pattern = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
  return z.string({ error: expected }).transform((value, context) => {
    const ms = pattern.test(value) ? Date.parse(value.replace(' ', 'T')) : Number.NaN;
    return Number.isNaN(ms) ? refuse(context, expected, 'For example 2024-01-01T00:00:00Z.') : ms;
  });
}

const PORT_MAX = 65_535;
const BROKER = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):([1-9]\d{0,4})$/;

/** `host:port`, several separated by commas, or a list. */
export function brokers() {
  const hint = 'Write host:port, such as localhost:9092; several in a list or separated by commas.';
  const some = z.string({ error: 'a Kafka broker (host:port)' }).transform((value, context) => {
    const all = value.split(',').map((broker) => broker.trim());
    const valid = all.every((broker) => Number(BROKER.exec(broker)?.[2]) <= PORT_MAX);
    return valid ? all : refuse(context, 'a Kafka broker (host:port)', hint);
  });
  const list = z.array(some).min(1, { error: 'a list of at least one Kafka broker' });
  return z
    .union([some, list], { error: 'a Kafka broker (host:port), or a list of them' })
    .transform((value) => value.flat());
}

const SPLIT_TYPE_HINT =
  'Close the bracket. Within { } a comma ends the value: put such a type in quotes, "DECIMAL(12,2)".';

/** A DuckDB type, or epoch_ms / epoch_s for a TIMESTAMP that JSON holds as a number. */
export function columnType() {
  const expected = 'a type such as VARCHAR, BIGINT, DECIMAL(12,2), TIMESTAMP or epoch_ms';
  return z.string({ error: expected }).transform((value, context) => {
    const lower = value.toLowerCase();
    if (lower === 'epoch_ms') return { type: 'TIMESTAMP', encoding: 'epochMs' as const };
    if (lower === 'epoch_s') return { type: 'TIMESTAMP', encoding: 'epochSeconds' as const };
    const reading = readColumnType(value);
    if (reading.ok) return { type: reading.type, encoding: 'plain' as const };
    const split = /\([^)]*$/.test(value);
    return refuse(context, `a type (${reading.message})`, split ? SPLIT_TYPE_HINT : reading.hint);
  });
}
