// The compiled job spec: what the rest of Millrace works with. Parsing, defaults and checks are in parse-spec.ts;
// nothing below this line knows how a person wrote it. Durations in ms, sizes in bytes.

export type JobSpec = {
  name: string;
  sources: SourceSpec[];
  tables: TableSpec[];
  /** In order: each may read those before it. */
  views: ViewSpec[];
  /** At least one. */
  outputs: OutputSpec[];
  onLateRow: LateRowPolicy;
  /** State that no watermark ends is forgotten after so long; null: never. */
  stateTtlMs: number | null;
  trigger: Trigger;
  limits: Limits;
  restart: RestartPolicy;
};

export type OutputMode = 'append' | 'update' | 'complete' | 'changelog';

export type Trigger =
  | { kind: 'once' }
  | { kind: 'availableNow' }
  | { kind: 'interval'; everyMs: number }
  | { kind: 'asap' };

export type Limits = {
  recordsPerBatchMax: number;
  bytesPerBatchMax: number;
  /** The rate estimator sizes batches so that one takes about this long. */
  batchDurationTargetMs: number;
  /** Work of one attempt of a task, the wait for its turn left out. */
  taskTimeoutMs: number;
};

export type RestartPolicy = {
  /** More failures than this within the span fail the job. */
  failuresMax: number;
  spanMs: number;
  backoffInitialMs: number;
  backoffMax: number;
};

export type SourceSpec = KafkaSourceSpec;

export type KafkaSourceSpec = {
  /** Name of the relation in the query. */
  name: string;
  type: 'kafka';
  connection: KafkaConnection;
  topics: string[];
  startingOffsets: StartingOffsets;
  format: RecordFormat;
  /** Null: every record is a new row. */
  changes: ChangesSpec | null;
  watermark: Watermark | null;
  /** A field of the wrong type makes its record bad; else it is NULL and counted. */
  strict: boolean;
  onBadRecord: BadRecordPolicy;
  onDataLoss: DataLossPolicy;
};

export type KafkaConnection = {
  brokers: string[];
  ssl: boolean;
  sasl: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | null;
};

export type StartingOffsets =
  | { kind: 'earliest' }
  | { kind: 'latest' }
  | { kind: 'timestamp'; timestampMs: number }
  /** topic → partition → offset; partitions not named start at the earliest. */
  | { kind: 'perPartition'; offsets: Record<string, Record<string, number>> };

export type RecordFormat =
  /** One JSON object a record. Declared columns, in order. */
  | { kind: 'json'; columns: ColumnSpec[] }
  /** The record as it is: the columns of RAW_COLUMNS. */
  | { kind: 'raw' };

/**
 * Records are changes of a table: the newest row of each key is what there is. `debezium`: envelopes with the row before and
 * after; without a key the row before is taken at its word. `upsert`: the key of the record names the row, its value is the row,
 * no value deletes it.
 */
export type ChangesSpec = { kind: 'upsert'; key: string[] } | { kind: 'debezium'; key: string[] | null };

export type ColumnSpec = {
  name: string;
  /** DuckDB type that the query sees. */
  type: string;
  /** How the JSON field is read: as `type` directly, or as a number of (milli)seconds since the epoch into TIMESTAMP. */
  encoding: 'plain' | 'epochMs' | 'epochSeconds';
};

/** Rows that records are joined with. */
export type TableSpec = EmbeddedTable | FetchedTable;

/** Rows that stay as they are while the job runs; they are part of the spec, so that every batch and replay sees the same. */
export type EmbeddedTable = {
  name: string;
  columns: ColumnSpec[];
  format: TableFormat;
  text: string;
  /** Columns of which no two rows have the same values; left out where none are declared. */
  key?: string[];
};

/** Rows that the driver reads again and again; each batch names the version that it is joined with. */
export type FetchedTable = {
  name: string;
  columns: ColumnSpec[];
  key?: string[];
  origin: TableOrigin;
  refreshIntervalMs: number;
  /** Of the rows as they are read. */
  bytesMax: number;
};

export type TableOrigin =
  /** The URL holds a password. */
  | { kind: 'postgres'; url: string; query: string }
  /** Of each key the newest value. The columns of the table's key, if it has one, are read from the records' keys. */
  | { kind: 'kafka'; connection: KafkaConnection; topic: string }
  /** Below the folder that the driver was told. */
  | { kind: 'file'; path: string; format: TableFormat | 'parquet' };

export const isFetched = (table: TableSpec): table is FetchedTable => 'origin' in table;

/** `csv`: with a header line. `json`: one object a line, or a list of objects. */
export type TableFormat = 'csv' | 'json';

/** A SELECT that others read by name, as if WITH defined it. */
export type ViewSpec = { name: string; query: string };

/** One query of the job, and where its rows go. */
export type OutputSpec = {
  /** Null: the only one of the job, written at the top of the spec. */
  name: string | null;
  query: string;
  sink: SinkSpec;
  outputMode: OutputMode;
};

/** Path of a key of an output within the spec. */
export const outputPath = ({ name }: Pick<OutputSpec, 'name'>, key: string): string =>
  name === null ? key : `outputs.${name}.${key}`;

export type Watermark = {
  /** A TIMESTAMP column of the source. */
  column: string;
  delayMs: number;
  /** A partition with nothing unread at the broker for so long does not hold the watermark back. */
  idleTimeoutMs: number;
  /** A record whose event time lies further ahead of the batch's time is bad. */
  futureMaxMs: number;
};

/** What becomes of a job when Kafka has deleted records before they were read. */
export type DataLossPolicy = 'fail' | 'skip';

export type BadRecordPolicy = { kind: 'fail' } | { kind: 'drop' } | KeepElsewhere;

/** Late rows are always counted. */
export type LateRowPolicy = { kind: 'drop' } | KeepElsewhere;

export type KeepElsewhere = {
  kind: 'deadLetter';
  target: { kind: 'topic'; topic: string } | { kind: 'file'; path: string };
};

export type SinkSpec =
  | { type: 'noop' }
  /** Rows shown per batch. */
  | { type: 'console'; rowsMax: number }
  | KafkaSinkSpec
  | FileSinkSpec;

export type FileSinkSpec = {
  type: 'file';
  path: string;
  format: 'ndjson' | 'parquet';
  /** Output columns that make folders, the first the outermost, and are left out of the files. */
  partitionBy: string[];
};

export type KafkaSinkSpec = {
  type: 'kafka';
  connection: KafkaConnection;
  topic: string;
  /** Output columns that make the record key: one is written as its text, several as a JSON object. Empty: no key. */
  keyColumns: string[];
  /** Constant headers of every record. */
  headers: Record<string, string>;
  compression: 'none' | 'gzip' | 'zstd';
  delivery: KafkaDelivery;
};

/** What readers of the topic may rely on. */
export type KafkaDelivery =
  | { kind: 'atLeastOnce' }
  /** Kafka aborts a transaction that is open for so long. */
  | { kind: 'exactlyOnce'; transactionTimeoutMs: number };

/** What brokers allow at most unless told (transaction.max.timeout.ms): output of a long batch must not expire before its commit. */
export const TRANSACTION_TIMEOUT_DEFAULT_MS = 15 * 60_000;

/** Columns of a `raw` source; beside JSON columns they are available under these names with a leading underscore. */
export const RAW_COLUMNS = [
  { name: 'key', type: 'BLOB' },
  { name: 'value', type: 'BLOB' },
  { name: 'headers', type: 'MAP(VARCHAR, BLOB)' },
  { name: 'topic', type: 'VARCHAR' },
  { name: 'partition', type: 'INTEGER' },
  { name: 'offset', type: 'BIGINT' },
  { name: 'timestamp', type: 'TIMESTAMP' },
] as const;

/** One thing wrong with a spec. Lines and columns count from 1 in the text that was submitted. */
export type SpecProblem = {
  path: string;
  message: string;
  hint: string;
  line: number | null;
  column: number | null;
};
