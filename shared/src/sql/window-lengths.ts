import type { Expression, SelectNode, TableRef } from './ast.ts';
import type { SqlFrontend } from './frontend.ts';
import { intervalMicros, type SizeProblem, signedMicros } from './interval-size.ts';
import type { Refusal } from './refusal.ts';
import { isWindow, offsetOf, sizeOf, slideOf, type WindowRef } from './resolve-relations.ts';
import { WINDOWS_PER_ROW_MAX, type WindowLengths, type WindowScope } from './windows.ts';

type LengthProblem = SizeProblem | 'longerThanSize' | 'tooMany';

const LENGTH_PROBLEMS: Readonly<Record<LengthProblem, (what: string) => [message: string, hint: string]>> = {
  notConstant: (what) => [`${what} must be a constant interval.`, "For example INTERVAL '10 seconds'."],
  months: () => [
    'Windows of months or years are not supported yet.',
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
};

/** Evaluates the lengths of all windows in the queries. */
export async function windowScope(
  queries: readonly SelectNode[],
  frontend: SqlFrontend,
): Promise<WindowScope | Refusal[]> {
  /** By the size's place: the query's other nodes are made anew on the way. */
  const lengths = new Map<Expression, WindowLengths>();
  const refusals: Refusal[] = [];
  for (const ref of new Set(windowsIn(queries))) {
    const measured = await measureWindow(ref, frontend);
    if ('problem' in measured) {
      const { problem, what, at } = measured;
      const called = ref.name === 'session' ? 'gap' : ref.name === 'cumulate' && what === 'slide' ? 'step' : what;
      const [message, hint] = LENGTH_PROBLEMS[problem](`The ${called} of ${ref.name}`);
      refusals.push({ message, hint, location: at.query_location ?? null });
    } else lengths.set(sizeOf(ref), measured);
  }
  return refusals.length > 0 ? refusals : { lengthsOf: (ref) => lengths.get(sizeOf(ref))! };
}

async function measureWindow(
  ref: WindowRef,
  frontend: SqlFrontend,
): Promise<WindowLengths | { problem: LengthProblem; what: 'size' | 'slide' | 'offset'; at: Expression }> {
  const [slide, size] = [slideOf(ref), sizeOf(ref)];
  const sizeMicros = await intervalMicros(size, frontend);
  if (typeof sizeMicros !== 'number') return { problem: sizeMicros, what: 'size', at: size };
  const offset = offsetOf(ref);
  const offsetMicros = offset === undefined ? 0 : await signedMicros(offset, frontend);
  if (offsetMicros === null) return { problem: 'notConstant', what: 'offset', at: offset! };
  if (slide === size) return { sizeMicros, slideMicros: sizeMicros, offsetMicros };
  const slideMicros = await intervalMicros(slide, frontend);
  if (typeof slideMicros !== 'number') return { problem: slideMicros, what: 'slide', at: slide };
  if (slideMicros > sizeMicros) return { problem: 'longerThanSize', what: 'slide', at: slide };
  if (sizeMicros / slideMicros > WINDOWS_PER_ROW_MAX) return { problem: 'tooMany', what: 'slide', at: slide };
  return { sizeMicros, slideMicros, offsetMicros };
}

function windowsIn(tree: unknown): WindowRef[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const inner = Object.values(tree).flatMap(windowsIn);
  return 'type' in tree && isWindow(tree as TableRef) ? [tree as WindowRef, ...inner] : inner;
}
