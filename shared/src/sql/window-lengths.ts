import { nearest } from '../spec/did-you-mean.ts';
import type { Expression, SelectNode, TableRef } from './ast.ts';
import { cast } from './ast-build.ts';
import { momentType } from './batch-time.ts';
import { type Calendar, type CalendarLength, lengthText, longestMicros, partsIn } from './calendar-windows.ts';
import type { SqlFrontend } from './frontend.ts';
import { type IntervalParts, intervalMicros, intervalParts, type SizeProblem, signedMicros } from './interval-size.ts';
import type { Refusal } from './refusal.ts';
import { isWindow, offsetOf, sizeOf, slideOf, type WindowRef, zoneOf } from './resolve-relations.ts';
import { WINDOWS_PER_ROW_MAX, type WindowLengths, type WindowScope } from './windows.ts';
import { type ZoneRules, zoneRules } from './zone-rules.ts';

type LengthProblem = SizeProblem | 'longerThanSize' | 'tooMany' | 'notWholeDays' | 'otherUnit';

const LENGTH_PROBLEMS: Readonly<Record<LengthProblem, (what: string) => [message: string, hint: string]>> = {
  notConstant: (what) => [`${what} must be a constant interval.`, "For example INTERVAL '10 seconds'."],
  months: (what) => [
    `${what} has months, which have no fixed length.`,
    "Use a fixed length, for example INTERVAL '7 days'.",
  ],
  notPositive: (what) => [`${what} must be positive.`, "For example INTERVAL '10 seconds'."],
  longerThanSize: (what) => [
    `${what} is longer than the size: rows between two windows would be in none.`,
    'Give the slide first, then the size; filter with WHERE what is to be left out.',
  ],
  tooMany: (what) => [
    `${what} is so short that a row is in more than ${WINDOWS_PER_ROW_MAX} windows.`,
    'Every row is counted in each of its windows: use a longer slide.',
  ],
  notWholeDays: (what) => [
    `${what} is neither whole days nor whole months, so no calendar has such windows.`,
    "Hours are as long in every time zone: leave zone away, and shift windows by an offset. A day is INTERVAL '1 day'.",
  ],
  otherUnit: (what) => [
    `${what} and the size are not both days or both months: windows would begin on days that not every month has.`,
    'Slide windows of months by months. cumulate takes days, or hours, as steps of months.',
  ],
};

/** Evaluates the lengths of all windows in the queries. */
export async function windowScope(
  queries: readonly SelectNode[],
  columnNames: ReadonlySet<string>,
  frontend: SqlFrontend,
): Promise<WindowScope | Refusal[]> {
  /** By the size's place: the query's other nodes are made anew on the way. */
  const lengths = new Map<Expression, WindowLengths>();
  const refusals: Refusal[] = [];
  const windows = [...new Set(windowsIn(queries))];
  for (const ref of windows) {
    const zone = await zoneRulesOf(ref, frontend);
    if (zone !== null && 'message' in zone) {
      refusals.push(zone);
      continue;
    }
    const measured = await measureWindow(ref, zone, frontend);
    if ('problem' in measured) {
      const { problem, what, at } = measured;
      const called = ref.name === 'session' ? 'gap' : ref.name === 'cumulate' && what === 'slide' ? 'step' : what;
      const [message, hint] = LENGTH_PROBLEMS[problem](`The ${called} of ${ref.name}`);
      refusals.push({ message, hint, location: at.query_location ?? null });
    } else lengths.set(sizeOf(ref), measured);
  }
  if (refusals.length > 0) return refusals;
  const isOfBatch = ({ arguments: [, time] }: WindowRef) => momentType(time!, columnNames) !== null;
  return {
    lengthsOf: (ref) => lengths.get(sizeOf(ref))!,
    timeOf: (ref) => (isOfBatch(ref) ? cast(ref.arguments[1]!, 'TIMESTAMP') : ref.arguments[1]!),
    byBatchTime: windows.some(isOfBatch),
  };
}

type Zone = { name: string; rules: ZoneRules };

/** Null: the window names no zone. */
async function zoneRulesOf(ref: WindowRef, frontend: SqlFrontend): Promise<Zone | Refusal | null> {
  const zone = zoneOf(ref);
  if (zone === undefined) return null;
  const location = zone.query_location ?? null;
  const { value } = (zone.value ?? {}) as { value?: unknown };
  if (zone.class !== 'CONSTANT' || typeof value !== 'string')
    return { message: 'zone must be the name of a time zone.', hint: "Write zone := 'Europe/Berlin'.", location };
  const rules = await zoneRules(value, frontend);
  if (rules !== null) return { name: value, rules };
  const names = await frontend.evaluate('SELECT to_json(list(name)) FROM pg_timezone_names()');
  const near = names.ok ? nearest(value, JSON.parse(names.values[0]!) as string[]) : null;
  const hint = near ? `Did you mean "${near}"?` : "Zones have names of the tz database, such as 'Europe/Berlin'.";
  return { message: `There is no time zone "${value}".`, hint, location };
}

type Wrong = { problem: LengthProblem; what: 'size' | 'slide' | 'offset'; at: Expression };

async function measureWindow(ref: WindowRef, zone: Zone | null, frontend: SqlFrontend): Promise<WindowLengths | Wrong> {
  const size = sizeOf(ref);
  const offset = offsetOf(ref);
  const offsetMicros = offset === undefined ? 0 : await signedMicros(offset, frontend);
  const parts = await intervalParts(size, frontend);
  const isCalendar = ref.name !== 'session' && (zone !== null || (parts !== null && parts.months !== 0));
  const measured = isCalendar
    ? await measureCalendar(ref, { zone, offsetMicros: offsetMicros ?? 0, parts }, frontend)
    : await measureFixed(ref, offsetMicros ?? 0, frontend);
  if ('problem' in measured || offsetMicros !== null) return measured;
  return { problem: 'notConstant', what: 'offset', at: offset! };
}

async function measureFixed(
  ref: WindowRef,
  offsetMicros: number,
  frontend: SqlFrontend,
): Promise<WindowLengths | Wrong> {
  const [slide, size] = [slideOf(ref), sizeOf(ref)];
  const sizeMicros = await intervalMicros(size, frontend);
  if (typeof sizeMicros !== 'number') return { problem: sizeMicros, what: 'size', at: size };
  if (slide === size) return { sizeMicros, slideMicros: sizeMicros, offsetMicros };
  const slideMicros = await intervalMicros(slide, frontend);
  if (typeof slideMicros !== 'number') return { problem: slideMicros, what: 'slide', at: slide };
  if (slideMicros > sizeMicros) return { problem: 'longerThanSize', what: 'slide', at: slide };
  if (sizeMicros / slideMicros > WINDOWS_PER_ROW_MAX) return { problem: 'tooMany', what: 'slide', at: slide };
  return { sizeMicros, slideMicros, offsetMicros };
}

async function measureCalendar(
  ref: WindowRef,
  { zone, offsetMicros, parts }: { zone: Zone | null; offsetMicros: number; parts: IntervalParts | null },
  frontend: SqlFrontend,
): Promise<WindowLengths | Wrong> {
  const size = calendarLength(parts);
  if (typeof size === 'string') return { problem: size, what: 'size', at: sizeOf(ref) };
  const slide = ref.name === 'tumble' ? size : await calendarSlide(ref, size, frontend);
  if (typeof slide === 'string') return { problem: slide, what: 'slide', at: slideOf(ref) };
  const sizeMicros = longestMicros(size);
  const slideMicros = typeof slide === 'number' ? slide : longestMicros(slide);
  const name = [lengthText(size), lengthText(slide), `${offsetMicros} µs`, zone?.name ?? 'UTC'].join(', ');
  const calendar: Calendar = { name, zone: zone?.rules ?? null, size, slide, offsetMicros };
  return { sizeMicros, slideMicros, offsetMicros, calendar };
}

async function calendarSlide(
  ref: WindowRef,
  size: CalendarLength,
  frontend: SqlFrontend,
): Promise<CalendarLength | number | LengthProblem> {
  const parts = await intervalParts(slideOf(ref), frontend);
  const isPartOfDay = ref.name === 'cumulate' && parts?.months === 0 && parts.days === 0 && parts.micros > 0;
  const slide = isPartOfDay ? parts.micros : calendarLength(parts);
  if (typeof slide === 'string') return slide;
  const isWithin = typeof slide === 'number' || slide.unit === size.unit || slide.unit === 'days';
  if (!isWithin || (ref.name === 'hop' && (slide as CalendarLength).unit !== size.unit)) return 'otherUnit';
  if ((typeof slide === 'number' ? slide : longestMicros(slide)) > longestMicros(size)) return 'longerThanSize';
  return partsIn(size, slide) > WINDOWS_PER_ROW_MAX ? 'tooMany' : slide;
}

function calendarLength(parts: IntervalParts | null): CalendarLength | LengthProblem {
  if (parts === null) return 'notConstant';
  const { months, days, micros } = parts;
  if (micros !== 0 || (months !== 0 && days !== 0)) return 'notWholeDays';
  const length: CalendarLength = months !== 0 ? { unit: 'months', count: months } : { unit: 'days', count: days };
  return length.count > 0 ? length : 'notPositive';
}

function windowsIn(tree: unknown): WindowRef[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const inner = Object.values(tree).flatMap(windowsIn);
  return 'type' in tree && isWindow(tree as TableRef) ? [tree as WindowRef, ...inner] : inner;
}
