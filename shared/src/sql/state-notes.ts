import { ONLY_OUTPUT, type Operator, type StateNote } from '../plan/index.ts';
import type { Expression } from './ast.ts';
import { column } from './ast-build.ts';
import type { StageDraft } from './operators/draft.ts';
import { createMeanings, type Meaning } from './operators/meaning.ts';
import type { Placement } from './operators/place-relations.ts';
import type { Render } from './operators/render.ts';
import { sha256 } from './plan-hash.ts';
import { inOrder } from './relations/prune.ts';
import { inputsOf, type JoinKey, type Relation } from './relations/relation.ts';

/** An output of the job (null: the only one), and the operators that keep rows for its sink. */
export type End = { root: Relation; output: string | null; kept: readonly Operator[] };

/** What each operator with state keeps, and of what. */
export async function stateNotes(ends: readonly End[], placement: Placement, render: Render): Promise<StateNote[]> {
  const notes: StateNote[] = [];
  const meanings = createMeanings();
  const nearest = new Map<Relation, string[]>();
  for (const relation of inOrder(...ends.map(({ root }) => root))) {
    const inputs = inputsOf(relation);
    const id = placement.keepers.get(relation);
    nearest.set(relation, id === undefined ? [...new Set(inputs.flatMap((input) => nearest.get(input)!))] : [id]);
    if (id === undefined) continue;
    const { view, owner } = relation;
    notes.push({
      ...{
        id,
        kind: kindOf(relation),
        view: view ?? null,
        output: owner?.kind === 'output' ? nameOf(owner.name) : null,
      },
      ...{ ...(await described(relation, render)), operators: operatorsOf(id, placement.stages) },
      ...feedsOf(inputs, nearest),
      digest: meanings.ofKept(relation),
      input: await told(meanings.ofInputs(relation), render),
    });
  }
  for (const { root, output, kept } of ends) {
    const [first] = kept;
    if (first === undefined) continue;
    const names = root.columns.map(({ name }) => name);
    const input = await told(meanings.of(root, names), render);
    const { keyColumns } = first.state!;
    const kind = first.kind as StateNote['kind'];
    notes.push({
      ...{ id: first.id, kind, view: null, output: nameOf(output), computes: [], keys: keyColumns },
      ...{ operators: kept.map(({ id }) => id), ...feedsOf([root], nearest) },
      ...{ digest: sha256([kind, keyColumns, input.digest]), input },
    });
  }
  return notes;
}

/** A lone output may be called what it is called where it has no name. */
const nameOf = (output: string | null): string | null => (output === ONLY_OUTPUT ? null : output);

const kindOf = ({ kind }: Relation) => (kind === 'source' ? 'newest' : kind) as StateNote['kind'];

function feedsOf(
  inputs: readonly Relation[],
  nearest: ReadonlyMap<Relation, string[]>,
): Pick<StateNote, 'fedBy' | 'takesBackFrom'> {
  const of = (some: readonly Relation[]) => [...new Set(some.flatMap((input) => nearest.get(input)!))];
  return { fedBy: of(inputs), takesBackFrom: of(inputs.filter(({ appendOnly }) => !appendOnly)) };
}

/** An operator has one table, or two under names of their own. */
function operatorsOf(id: string, stages: readonly StageDraft[]): string[] {
  const names = [id, `${id}_rows`, `${id}_results`, `${id}_left`, `${id}_right`];
  const stateful = stages.flatMap(({ operators }) => operators.filter(({ state }) => state !== null));
  return stateful
    .map((operator) => operator.id)
    .filter((one) => names.includes(one))
    .sort();
}

async function told({ digest, facts }: Meaning, render: Render): Promise<StateNote['input']> {
  const texts = [...facts].map(async ({ label, expression }) =>
    expression === null ? label : `${label} ${readable(await render(expression))}`,
  );
  return { digest, facts: [...new Set(await Promise.all(texts))].sort() };
}

/** SQL as people write it. */
function readable(sql: string): string {
  const text = sql.replaceAll('count_star()', 'count(*)');
  return /^\([^()]*\)$/.test(text) ? text.slice(1, -1) : text;
}

async function described(relation: Relation, render: Render): Promise<Pick<StateNote, 'computes' | 'keys'>> {
  const texts = async (expressions: readonly Expression[]) =>
    (await Promise.all(expressions.map(render))).map(readable);
  switch (relation.kind) {
    case 'aggregate': {
      const { keys, aggregates, firsts } = relation;
      const calls = await texts(aggregates.map(({ call }) => call));
      const none = firsts ? 'distinct values' : 'distinct rows';
      return {
        computes: firsts || calls.length === 0 ? [none] : calls.sort(),
        keys: await texts(keys.map(({ expression }) => expression)),
      };
    }
    case 'recompute': {
      const { what, keys, grouped, items, qualify, input } = relation;
      const calls = items.filter(({ name }) => !keys.includes(name)).map(({ expression }) => expression);
      const made = new Map((input.kind === 'map' ? input.items : []).map((item) => [item.name, item.expression]));
      return {
        computes: [...(grouped ? await texts(calls) : [what]), ...(await texts(qualify))],
        keys: await texts(keys.map((name) => made.get(name) ?? column(name))),
      };
    }
    case 'join': {
      const { type, keys, conditions } = relation;
      return {
        computes: [`${type} join`, ...(await texts(conditions)).sort()],
        keys: keysOf(keys),
      };
    }
    case 'temporal': {
      const { type, keys, time, right } = relation;
      const of = `${type} join with ${right.source.name} as of ${time.column}`;
      return { computes: [of], keys: keysOf(keys) };
    }
    case 'source':
      return { computes: [relation.source.name], keys: relation.key ?? [] };
    default:
      return { computes: [], keys: [] };
  }
}

const keysOf = (keys: readonly JoinKey[]): string[] =>
  keys.map(({ left, right }) => (left === right ? left : `${left} = ${right}`));
