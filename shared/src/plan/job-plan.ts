// The compiled job: stages of operators in DuckDB SQL. The compiler (shared/sql) writes it, the driver schedules its
// stages, executors run its statements without knowing what they mean. A new kind of operator adds a compiler file
// and nothing here.
//
// Relations inside a lane are DuckDB tables or views. A change set is a relation with the column `__weight`: how often its
// row is added, or with a negative weight taken away. Relations that only ever grow may lack it. A stage starts with its
// input relations in place, runs its operators in order, and hands what they made to shuffles, to the sink, or to both.
//
// Variables that statements may read with getvariable():
//   batch_time          TIMESTAMP, the batch's now()
//   watermark           TIMESTAMP; '-infinity' while there is none
//   previous_watermark  TIMESTAMP, of the last committed batch
//   ttl_cutoff          TIMESTAMP; what arrived at or before it is forgotten by this batch; '-infinity' without stateTtl
//   previous_ttl_cutoff TIMESTAMP, of the last committed batch

import type { PlanNotes } from './plan-notes.ts';

/** Of the JSON text of a plan; raise it when a plan of an older Millrace could be misread. */
export const PLAN_FORMAT_VERSION = 4;

/** State partitions of a job, fixed at its first start (rescaling comes later). */
export const STATE_PARTITIONS = 128;

/** Column that holds a row's state partition, in shuffled relations and state tables; UTINYINT. */
export const PARTITION_COLUMN = '__partition';
/** Column of pending rows: whether the row replaces one that is stored; BOOLEAN. */
export const EXISTED_COLUMN = '__existed';
/** Of state tables that are `hashed`, and of what is joined with them: see keyHashOf. UINTEGER. */
export const KEY_HASH_COLUMN = '__key_hash';
/** Of state that stateTtl ends: time of the batch in which the row came, or its group was touched last. TIMESTAMP. */
export const ARRIVAL_COLUMN = '__arrived';
/** Column that holds the weight of a row in change sets: INTEGER in a lane, TINYINT (+1 or −1) in what goes to the sink. */
export const WEIGHT_COLUMN = '__weight';

export type Column = { name: string; type: string };

export type JobPlan = {
  formatVersion: typeof PLAN_FORMAT_VERSION;
  /** SHA-256 (hex) over everything below but the notes; equal plans have equal hashes. */
  hash: string;
  statePartitions: number;
  /** Where the watermark comes from; without it from the event times of the sources. `batchTime`: it is the time of the batch. */
  clock?: 'batchTime';
  sources: SourcePlan[];
  /** Those that the query reads. */
  tables: TablePlan[];
  /** In topological order: first those that read sources, one for each source, then those that read shuffles. */
  stages: Stage[];
  /** The only one, or the first of `outputs`. */
  output: OutputPlan;
  /** All of them, where they have names of their own; see outputsOf. */
  outputs?: NamedOutput[];
  /** Things worth telling at submit, such as state that never ends. */
  warnings: string[];
  /** Beside the plan: to compare it with others and to tell of it. No part of the hash. Plans that were written by hand have none. */
  notes?: PlanNotes;
};

export type SourcePlan = {
  name: string;
  /** What a lane must parse: only declared columns that the query uses, plus the watermark column. */
  columns: SourceColumn[];
  /** Kafka metadata the query uses, under the names of shared/spec RAW_COLUMNS. */
  metadata: MetadataColumn[];
  /** Column of type TIMESTAMP whose maximum per partition moves the watermark. */
  eventTimeColumn: string | null;
  /** Of a source whose records are changes of a table. */
  changes?: SourceChanges;
};

export type SourceChanges = {
  /** Records without a value are no bad records: `skip` makes no row of them, `keep` one without values. */
  tombstones: 'skip' | 'keep';
  /** Conditions on every row of the relation: a record that does not meet them says no change, and is bad. */
  checks: { sql: string; detail: string }[];
};

/** A relation that is there in every stage; see load-table.ts. */
export type TablePlan = EmbeddedTablePlan | FetchedTablePlan;

/** Made once, when the job is opened, and never changed. */
export type EmbeddedTablePlan = {
  name: string;
  relation: string;
  columns: SourceColumn[];
  format: 'csv' | 'json';
  text: string;
};

/** Of the version that the batch names: Parquet with these columns, as parquet-form.ts writes them. */
export type FetchedTablePlan = {
  name: string;
  relation: string;
  columns: SourceColumn[];
  /** For people: what it is read from. */
  origin: 'postgres' | 'kafka' | 'file';
};

export const isEmbedded = (table: TablePlan): table is EmbeddedTablePlan => 'text' in table;

/** `jsonType` is what read_json is told; `expression` makes the column of type `type` from it. */
export type SourceColumn = Column & { jsonType: string; expression: string };
export type MetadataColumn = {
  name: string;
  /** `tombstone`: BOOLEAN, there is no value. */
  field: 'key' | 'value' | 'headers' | 'topic' | 'partition' | 'offset' | 'timestamp' | 'tombstone';
};

export type Stage = {
  id: string;
  /** One source, or any number of shuffles. */
  inputs: [SourceInput] | ShuffleInput[];
  operators: Operator[];
  /** At least one. Each sink at most once. */
  outputs: (ShuffleOutput | SinkOutput)[];
};

/** The lane makes `relation` with the source's columns and metadata, one row a record, rowid in record order. */
export type SourceInput = {
  kind: 'source';
  source: string;
  relation: string;
  /**
   * The statements read the relation exactly once, from its first row to its last: it may be a view that parses
   * records while they are read, instead of a table.
   */
  readOnce: boolean;
  /**
   * SELECT of one TIMESTAMP or NULL over what the operators made: the highest event time of all records read. Null:
   * only the relation itself can tell, by its source's eventTimeColumn.
   */
  eventTimeSql: string | null;
};
/**
 * The lane makes `relation` (a view over the blocks of these shuffles, all of which have the same columns) with these columns and
 * PARTITION_COLUMN.
 */
export type ShuffleInput = { kind: 'shuffle'; shuffles: string[]; relation: string; columns: Column[] };

/**
 * `relation` holds `columns` and PARTITION_COLUMN; rows go to the task that serves that state partition. `id` is unique in
 * the plan; exactly one stage reads it.
 */
export type ShuffleOutput = { kind: 'shuffle'; id: string; relation: string; columns: Column[] };
/**
 * SELECT of the columns of OutputPlan and WEIGHT_COLUMN, run after the operators and read once: no table is made of it. `output`
 * names it among several.
 */
export type SinkOutput = { kind: 'sink'; sql: string; output?: string };

export type Operator = {
  /** Stable over changes of the query that leave its key, the origin of its rows and its state columns alone: names its state. */
  id: string;
  /** project | partialAggregate | aggregate …; for people and metrics. */
  kind: string;
  /** One line for `millrace explain`. */
  description: string;
  /** Run in order for every task. They may create relations; names start with the operator's id. */
  statements: string[];
  /** Each a SELECT of one BIGINT, asked after the statements and added to the task's count of that name. */
  counters: { name: 'lateRows'; sql: string }[];
  /** For jobs that keep late rows: those among its input. Null: none of its input can be late. */
  lateRows: LateRows | null;
  state: StateTable | null;
};

/**
 * What a later operator is going to count as late, while the rows themselves are still at hand. Both read the watermark, and
 * agree with that operator's counter.
 */
export type LateRows = {
  /** The operator that leaves them out. */
  operatorId: string;
  /** SELECT of one BIGINT over what the statements made: how many there are. */
  countSql: string;
  /** SELECT of `columns` over the operator's input, a row each. */
  sql: string;
  columns: Column[];
};

/**
 * State of one operator: `table` lives in the home lane with `columns` and PARTITION_COLUMN.
 *
 * Order in a task: the lane brings the table to the committed version (adopt the pending rows or restore from blobs),
 * runs `evict`, runs the operator's statements (which must not change the table), writes `pendingRelation` to the
 * delta blob. When the batch is known to be committed it runs `adopt`.
 */
export type StateTable = {
  table: string;
  columns: Column[];
  /**
   * `keyed`: pending rows are absolute, of each key (`keyColumns`) the newest counts. `log`: pending rows are added to those
   * before them; a weight among the columns tells rows that are taken away.
   */
  kind: 'keyed' | 'log';
  /** By which rows are looked up. Of `keyed` state they tell all rows apart. */
  keyColumns: string[];
  /** The table has KEY_HASH_COLUMN too, of `keyColumns`: statements look rows up by it, so that an index of it helps. It is not stored. */
  hashed?: boolean;
  /** Condition on a row of `keyed` state: it stands for a key that is gone. Null: keys stay until they are evicted. */
  goneSql: string | null;
  /**
   * Table that the statements make: rows to be stored, with `columns`, PARTITION_COLUMN and EXISTED_COLUMN (false in a log)
   * among its columns.
   */
  pendingRelation: string;
  /**
   * Removes what `previous_watermark` has already closed. Idempotent, and without effect unless the watermark has passed a
   * multiple of `everyMs` (since the Unix epoch) after the last time. Null: state never ends.
   */
  evict: { sql: string; everyMs: number } | null;
  /**
   * State that stateTtl ends, by ARRIVAL_COLUMN; `evict` is null then. `evictSql` removes what `previous_ttl_cutoff` has passed, and is
   * idempotent. `takesBack`: when the cutoff moves, the operator puts out what is forgotten as taken away.
   */
  ttl?: { evictSql: string; takesBack: boolean };
  /** Merges `pendingRelation` into `table`. */
  adopt: string[];
  /**
   * Rewrites `table` without the rows of a log that cancel each other out; to be run when much has been added since the
   * last time. Null where nothing can be saved.
   */
  compact: string[] | null;
  /** SELECT of one TIMESTAMP or NULL over `table` and `pendingRelation`: a watermark at or past it closes rows. */
  nextExpiry: string | null;
  /** SELECT of `columns` and PARTITION_COLUMN: the state as it will be once this batch is adopted (for snapshots). */
  snapshot: string;
};

/** What a job's only output is called where outputs have names. */
export const ONLY_OUTPUT = 'output';

export type NamedOutput = OutputPlan & { name: string };

export type OutputPlan = {
  columns: Column[];
  /** Columns that identify a row in update mode (weight −1: the row with this key is gone). Empty: rows have no key. */
  keyColumns: string[];
  mode: 'append' | 'update' | 'complete' | 'changelog';
};
