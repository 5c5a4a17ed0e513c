import { ARRIVAL_COLUMN, type JobPlan, type StateNote, type StateOutcome, stateTitle } from '@millrace/shared/plan';
import type { StateBlobRecord, Takeover } from '@millrace/shared/store';

/** What is stored of a job. */
export type StoredState = Pick<Takeover, 'lastCommit' | 'state'>;

export type StateComparison = {
  /** What is kept, what is lost and what is new, in this order. */
  changes: StateOutcome[];
  /** Blobs that go on under another operator's name, and names of those that nothing needs any more. */
  blobs: { add: StateBlobRecord[]; remove: string[] };
};

/** A piece of state of one plan; without a note it was stored under another plan, which is no longer known. */
type Unit = { id: string; note: StateNote | null; operators: string[]; columns: string[] };

/**
 * What becomes of the state of a job under another plan. `before` is the plan that its present spec compiles to; null: none any
 * more. State is kept where the same is computed of the same rows into the same tables, together with all that it is tied to. What
 * `before` does not name is kept where `after` has an operator of its id.
 */
export function compareState(stored: StoredState, before: JobPlan | null, after: JobPlan): StateComparison {
  const now = unitsOf(after);
  const there = storedUnits(stored, before, now);
  const matched = matches(there, now);
  const kept = goingOn(matched, now);
  const lost = there.filter((unit) => ![...kept.values()].includes(unit));
  const fresh = now.filter((unit) => !kept.has(unit));
  const pairs = successors(lost, fresh, matched);
  const line = changeLine(stored);
  return {
    changes: [
      ...[...kept].map(([unit, was]) => ({ ...line('kept', unit), ...sizeOf(stored, was) })),
      ...lost.map((unit) => {
        const next = pairs.get(unit);
        return line('lost', unit, next ? whyLost(unit, next, fresh) : 'no longer in the query');
      }),
      ...fresh.map((unit) =>
        line('new', unit, [...pairs.values()].includes(unit) ? 'in place of what is lost' : 'not in the query before'),
      ),
    ],
    blobs: {
      add: [...kept].flatMap(([unit, was]) => renamed(stored, was, unit)),
      remove: blobsOf(stored, lost).map(({ name }) => name),
    },
  };
}

/** Something would be forgotten, or would miss what the job has read already. */
export const losesState = ({ lastCommit }: StoredState, { changes }: StateComparison): boolean =>
  lastCommit !== null && changes.some(({ fate }) => fate !== 'kept');

function unitsOf(plan: JobPlan | null): Unit[] {
  const operators = new Map((plan?.stages ?? []).flatMap((stage) => stage.operators.map((one) => [one.id, one])));
  return (plan?.notes?.state ?? []).map((note) => {
    const tables = note.operators.map((id) => operators.get(id)!.state!);
    const columns = tables.flatMap((table) => table.columns.map(({ name, type }) => `${name} ${type}`));
    return { id: note.id, note, operators: note.operators, columns };
  });
}

/** State may be there and have no rows yet, but not where what is stored goes by other names. */
function storedUnits(stored: StoredState, before: JobPlan | null, now: readonly Unit[]): Unit[] {
  if (stored.lastCommit === null) return [];
  const known = unitsOf(before);
  const ids = new Set(stored.state.map(({ operatorId }) => operatorId));
  for (const id of known.flatMap(({ operators }) => operators)) ids.delete(id);
  if (ids.size === 0) return known;
  const together = Map.groupBy(ids, (id) => now.find(({ operators }) => operators.includes(id))?.id ?? id);
  const unknown = [...together].map(([id, operators]): Unit => ({ id, note: null, operators, columns: [] }));
  return [...known.filter((unit) => blobsOf(stored, [unit]).length > 0), ...unknown];
}

/** Of each new unit the old one whose state it can go on with. */
function matches(old: readonly Unit[], now: readonly Unit[]): Map<Unit, Unit> {
  const found = new Map<Unit, Unit>();
  const take = (unit: Unit, fits: (was: Unit) => boolean) => {
    const was = found.has(unit) ? undefined : old.find((one) => ![...found.values()].includes(one) && fits(one));
    if (was) found.set(unit, was);
  };
  // When rows came is made up where it was not stored. Where it no longer counts, what was forgotten would come back.
  const untimed = (columns: readonly string[]) => columns.filter((column) => !column.startsWith(`${ARRIVAL_COLUMN} `));
  const alike = ({ note, columns }: Unit, was: Unit) =>
    note!.digest === was.note?.digest &&
    note!.kind === was.note.kind &&
    [columns, untimed(columns)].some((known) => same(known, was.columns));
  for (const unit of now) take(unit, (was) => unit.id === was.id && alike(unit, was));
  for (const unit of now) take(unit, (was) => alike(unit, was));
  for (const unit of now) take(unit, (was) => unit.id === was.id && was.note === null);
  return found;
}

/**
 * Without those that something which begins empty feeds, as it would not take back what it had said before, and those that would take
 * back from it what it never had.
 */
function goingOn(matched: ReadonlyMap<Unit, Unit>, now: readonly Unit[]): Map<Unit, Unit> {
  const empty = new Set(now.filter((unit) => !matched.has(unit)).map(({ id }) => id));
  for (let size = -1; size !== empty.size; ) {
    size = empty.size;
    for (const { id, note } of now) {
      if (note?.fedBy.some((one) => empty.has(one))) empty.add(id);
      if (empty.has(id)) for (const one of note?.takesBackFrom ?? []) empty.add(one);
    }
  }
  return new Map([...matched].filter(([{ id }]) => !empty.has(id)));
}

/** Which new unit stands in the place of a lost one: that of its own, else the one that has most in common. */
function successors(lost: readonly Unit[], fresh: readonly Unit[], matched: ReadonlyMap<Unit, Unit>): Map<Unit, Unit> {
  const candidates = lost.flatMap((unit) =>
    fresh.map((next) => ({ unit, next, likeness: matched.get(next) === unit ? Infinity : likeness(unit, next) })),
  );
  const pairs = new Map<Unit, Unit>();
  for (const { unit, next } of candidates.filter((one) => one.likeness > 0).sort((a, b) => b.likeness - a.likeness)) {
    if (!pairs.has(unit) && ![...pairs.values()].includes(next)) pairs.set(unit, next);
  }
  return pairs;
}

function likeness({ id, note }: Unit, next: Unit): number {
  if (note === null || next.note === null || note.kind !== next.note.kind) return 0;
  const { keys, computes, input, view } = next.note;
  const alike = [
    id === next.id,
    same(keys, note.keys) && keys.length > 0,
    same(computes, note.computes),
    input.digest === note.input.digest,
  ].filter(Boolean).length;
  return alike === 0 ? 0 : alike + (view !== null && view === note.view ? 1 : 0);
}

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

function whyLost(unit: Unit, next: Unit, fresh: readonly Unit[]): string {
  const [was, is] = [unit.note, next.note];
  if (was === null || is === null) return 'no longer in the query';
  const reasons: string[] = [];
  if (!same(was.keys, is.keys)) reasons.push(`key changed from ${keyText(was)} to ${keyText(is)}`);
  const computed = difference(was.computes, is.computes);
  if (computed !== '') reasons.push(`columns changed: ${computed}`);
  const facts = difference(was.input.facts, is.input.facts);
  if (facts !== '') reasons.push(`input changed: ${facts}`);
  // Other keys and columns are reason enough for another table, and for reading other columns of the input.
  const columns = difference(unit.columns, next.columns);
  if (reasons.length === 0 && columns !== '') reasons.push(`columns changed: ${columns}`);
  if (reasons.length === 0 && was.input.digest !== is.input.digest) reasons.push('input changed');
  if (reasons.length > 0) return reasons.join('; ');
  const feeding = fresh.find(({ id }) => is.fedBy.includes(id));
  if (feeding) return `it is fed by ${titleOf(feeding)}, which begins empty`;
  const fed = fresh.find(({ note }) => note?.takesBackFrom.includes(next.id));
  return fed
    ? `${titleOf(fed)}, which begins empty, would have to take back rows of it that it never had`
    : 'it is computed in another way';
}

const keyText = ({ keys }: StateNote): string => keys.join(', ') || 'none';

/** `no longer a, b; now c`; empty where there is none, but perhaps in the order. */
function difference(before: readonly string[], after: readonly string[]): string {
  const gone = before.filter((one) => !after.includes(one));
  const added = after.filter((one) => !before.includes(one));
  const parts = [
    gone.length > 0 ? `no longer ${gone.join(', ')}` : '',
    added.length > 0 ? `now ${added.join(', ')}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const titleOf = ({ id, note }: Unit): string => (note === null ? `operator ${id}` : stateTitle(note));

function changeLine(stored: StoredState) {
  return (fate: StateOutcome['fate'], unit: Unit, reason = ''): StateOutcome => ({
    ...{ fate, operator: unit.id, title: titleOf(unit), view: unit.note?.view ?? null },
    output: unit.note?.output ?? null,
    ...{ keys: unit.note?.keys ?? [], reason },
    ...(fate === 'new' ? { rows: 0, bytes: 0 } : sizeOf(stored, unit)),
  });
}

function sizeOf(stored: StoredState, unit: Unit): Pick<StateOutcome, 'rows' | 'bytes'> {
  const rows = unit.operators.map((id) => stored.lastCommit?.stateRows[id] ?? 0);
  return {
    rows: rows.reduce((sum, one) => sum + one, 0),
    bytes: blobsOf(stored, [unit]).reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const blobsOf = ({ state }: StoredState, units: readonly Unit[]): StateBlobRecord[] =>
  state.filter(({ operatorId }) => units.some(({ operators }) => operators.includes(operatorId)));

/** Records of blobs whose operator is called otherwise now; the blobs stay what and where they are. */
function renamed(stored: StoredState, was: Unit, unit: Unit): StateBlobRecord[] {
  if (was.note === null || was.id === unit.id) return [];
  return was.operators.flatMap((from, index) =>
    stored.state
      .filter(({ operatorId }) => operatorId === from)
      .map((blob) => ({ ...blob, operatorId: unit.operators[index]! })),
  );
}
