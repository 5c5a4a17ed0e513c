// What a plan says of itself, for people and for comparing it with the plan of a changed query. Nothing runs by it.

export type PlanNotes = {
  /** All output modes there are, of each output. */
  modes: ModeNote[];
  /** Of state that grows for ever, what the warnings of the plan say in figures. */
  growth: GrowthNote[];
  /** Of everything that keeps state, what feeds another before it. */
  state: StateNote[];
};

/** Whether an output mode is possible for the query and the sink, and if not why, and what would make it so. */
export type ModeNote = {
  /** As outputsOf calls it. */
  output: string;
  mode: 'append' | 'update' | 'complete' | 'changelog';
  possible: boolean;
  reason: string | null;
  remedy: string | null;
};

/** State that never ends, with what it takes. */
export type GrowthNote = {
  /** As it stands among the plan's warnings. */
  warning: string;
  /** Id of the state note. */
  operator: string;
  /** What it keeps of what, and the bytes that each row takes in the lanes of executors and in the store. */
  rows: { of: string; memoryBytes: number; storedBytes: number }[];
  /** What would make it end. */
  remedy: string;
};

/** One thing that keeps state, in one table or two. */
export type StateNote = {
  id: string;
  kind: 'aggregate' | 'recompute' | 'join' | 'temporal' | 'newest' | 'hold' | 'collect';
  /** The view of the spec in which it stands; null: the query itself. */
  view: string | null;
  /** The output that alone has it; null: it is in a view, or the job has one output. */
  output: string | null;
  /** What it computes, for people: aggregates, functions, the type of a join. */
  computes: string[];
  /** By what its rows are told apart, for people. */
  keys: string[];
  /** Operators of the plan that have its tables, always in the same order. */
  operators: string[];
  /** Of what it computes of which rows: where it is the same, and the tables are, what is kept still holds. */
  digest: string;
  /** Of the rows it is fed with, and for people what there is to say of them. */
  input: { digest: string; facts: string[] };
  /** Ids of the notes that feed it, with none in between. */
  fedBy: string[];
  /** Those of them that may take back rows. */
  takesBackFrom: string[];
};
