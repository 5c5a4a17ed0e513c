// The spec as a person writes it. The JSON Schema for editors, the parser and the defaults all come from here.
import { z } from 'zod';
import { brokers, columnType, count, duration, fields, keyText, moment, oneOf, size, text, yesOrNo } from './leaves.ts';
import { REFRESH_INTERVAL_MIN_MS, TABLE_BYTES_MAX } from './table-limits.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
/** Nothing in a job waits longer than a year; more is a wrong unit. */
const DURATION_MAX_MS = 366 * DAY_MS;
/** Times of batches less than it are still after 1900. */
const STATE_TTL_MAX_MS = 100 * DURATION_MAX_MS;
/** For event times of a made-up future; more is beyond what a TIMESTAMP of some readers can say. */
const FUTURE_MAX_MS = 1_000 * 366 * DAY_MS;
/** A transferred ArrayBuffer per range must stay below 2 GiB; a batch of a few ranges below this is safe. */
const BATCH_BYTES_MAX = 16 * 2 ** 30;
const BATCH_RECORDS_MAX = 1_000_000_000;
/** A query beyond this is generated, and DuckDB plans it for seconds. */
const QUERY_LENGTH_MAX = 200_000;
const PATH_LENGTH_MAX = 4_096;
const SECRET_LENGTH_MAX = 4_096;
/** Of DuckDB identifiers that people read in tables. */
const COLUMN_NAME_LENGTH_MAX = 255;
/** A terminal full of them; the console sink is for eyes. */
const CONSOLE_ROWS_MAX = 10_000;
/** Of Kafka itself. */
const TOPIC_LENGTH_MAX = 249;

const topic = () =>
  text(
    'the name of a Kafka topic',
    'Letters, digits, ".", "_" and "-".',
    /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/,
    TOPIC_LENGTH_MAX,
  );

const path = (what: string) =>
  text(what, 'A path on the executors; relative ones start at their working folder.', /^[^\0]+$/, PATH_LENGTH_MAX);

const columnName = (what: string) => text(what, 'Write the name of one column.', /^[^\0]+$/, COLUMN_NAME_LENGTH_MAX);

/** One column or several. */
const keyColumns = z
  .union([columnName('the name of a column'), z.array(columnName('the name of a column'))], {
    error: 'the name of a column, or a list of them',
  })
  .transform((value) => [value].flat());

const sasl = fields('a map of mechanism, username and password', {
  mechanism: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']),
  username: text('a user name', 'Write the user name.', /./s, SECRET_LENGTH_MAX),
  password: text('a password', `Take it from the environment: \${KAFKA_PASSWORD}.`, /./s, SECRET_LENGTH_MAX),
}).describe(`How to log in to the brokers. Take secrets from the environment: \${KAFKA_PASSWORD}.`);

const connection = {
  brokers: brokers().describe('Kafka brokers to start from, host:port: one text (commas between several) or a list.'),
  ssl: yesOrNo().prefault(false).describe('Connect with TLS.'),
  sasl: sasl.optional(),
};

const offsetsByPartition = z.record(
  keyText('the number of a partition', /^\d{1,9}$/),
  count({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  { error: 'a map of partition: offset' },
);

const startingOffsets = z
  .union(
    [
      oneOf(['earliest', 'latest']),
      fields('a map with timestamp or offsets', {
        timestamp: moment().optional().describe('From the first record at or after this moment, 2024-01-01T00:00:00Z.'),
        offsets: z
          .record(z.string(), offsetsByPartition, { error: 'a map of topic: {partition: offset}' })
          .optional()
          .describe('topic → partition → offset; partitions not named start at the earliest.'),
      }).meta({ minProperties: 1, maxProperties: 1 }),
    ],
    { error: 'earliest, latest, {timestamp: …} or {offsets: …}' },
  )
  .prefault('earliest')
  .describe('Where a job without committed offsets starts: earliest, latest, {timestamp: …} or {offsets: …}.');

const deadLetter = (holds: string) =>
  fields('a map with deadLetter', {
    deadLetter: fields('a map with topic or file', {
      topic: topic().optional().describe(`Kafka topic for ${holds}, as JSON.`),
      file: path('the path of a folder').optional().describe('Folder for NDJSON files of the same.'),
    }).meta({ minProperties: 1, maxProperties: 1 }),
  });

const onBadRecord = z
  .union([oneOf(['fail', 'drop']), deadLetter('the raw record, its place and the reason')], {
    error: 'fail, drop or {deadLetter: …}',
  })
  .prefault('fail')
  .describe('A record that cannot be used stops the job (fail), is counted (drop) or kept elsewhere (deadLetter).');

const onLateRow = z
  .union([oneOf(['drop']), deadLetter('the row, its operator, the watermark and the batch')], {
    error: 'drop or {deadLetter: …}',
  })
  .prefault('drop')
  .describe('A row that comes after its window was closed is counted (drop), and can be kept elsewhere (deadLetter).');

const onDataLoss = oneOf(['fail', 'skip'])
  .prefault('fail')
  .describe(
    'Records that Kafka deleted before they were read stop the job (fail), or are counted and passed over (skip).',
  );

const watermark = fields('a map of column, delay, idleTimeout and futureMax', {
  column: columnName('the name of a TIMESTAMP column').describe(
    'The event time: a TIMESTAMP, epoch_ms or epoch_s column.',
  ),
  delay: duration({ min: 0, max: DURATION_MAX_MS }).describe(
    'How long to wait for rows that are out of order, such as 5s.',
  ),
  idleTimeout: duration({ min: 1, max: DURATION_MAX_MS })
    .prefault('30s')
    .describe('A partition with nothing unread for so long no longer holds the watermark back.'),
  futureMax: duration({ min: 0, max: FUTURE_MAX_MS })
    .prefault('1d')
    .describe("An event time further ahead of the batch's time makes its record bad, and never moves the watermark."),
}).describe('How far event time has come: windows close, and late rows are told, by it.');

const kafkaSource = fields('a map that describes a source', {
  type: oneOf(['kafka']),
  ...connection,
  topic: topic().optional().describe('The topic to read; or give topics.'),
  topics: z
    .array(topic(), { error: 'a list of topics' })
    .min(1, { error: 'a list of at least one topic' })
    .optional()
    .describe('Several topics of the same format, read as one relation.'),
  startingOffsets,
  format: oneOf(['json', 'raw'])
    .prefault('json')
    .describe(
      'json: one object a record, with declared columns. raw: key, value, headers, topic, partition, offset, timestamp.',
    ),
  columns: z
    .record(z.string(), columnType(), { error: 'a map of column: type' })
    .optional()
    .describe('Columns of a json source, name: DuckDB type. epoch_ms and epoch_s read numbers as TIMESTAMP.'),
  changes: oneOf(['debezium', 'upsert'])
    .optional()
    .describe(
      'Records are changes of a table. debezium: JSON envelopes. upsert: the record key names a row, the value is the row, no value deletes it.',
    ),
  key: z
    .union([columnName('the name of a column'), z.array(columnName('the name of a column'))], {
      error: 'the name of a column, or a list of them',
    })
    .transform((value) => [value].flat())
    .optional()
    .describe('With changes: the columns that name a row. Of upsert they are read from the record key.'),
  watermark: watermark.optional(),
  strict: yesOrNo()
    .prefault(false)
    .describe('A field of the wrong type makes its record bad; else the field is NULL, and counted.'),
  onBadRecord,
  onDataLoss,
});

const postgres = fields('a map of url and query', {
  url: z
    .string({ error: 'the URL of a Postgres database' })
    .describe(`postgres://user:password@host:port/database. Take secrets from the environment: \${PASSWORD}.`),
  query: text('one SQL SELECT', 'Write a SELECT that gives the columns of the table.', /\S/, QUERY_LENGTH_MAX).describe(
    'One SELECT of Postgres, whose columns have the names of the table.',
  ),
}).describe('The rows that a query gives.');

const compactedTopic = fields('a map of brokers and topic', {
  ...connection,
  topic: topic().describe('A compacted topic of JSON objects: of each key the newest counts, a null value removes it.'),
}).describe('The newest record of each key of a topic.');

const table = fields('a map that describes a table', {
  columns: z
    .record(z.string(), columnType(), { error: 'a map of column: type' })
    .describe('Columns of the table, name: DuckDB type.'),
  csv: z.string({ error: 'the rows as CSV' }).optional().describe('The rows, as CSV with a header line.'),
  json: z
    .string({ error: 'the rows as JSON' })
    .optional()
    .describe('The rows, as JSON: one object a line, or a list of objects.'),
  file: text('the path of a file', 'Its path, seen from the folder of the spec.', /^[^\0]+$/, PATH_LENGTH_MAX)
    .optional()
    .describe(
      'Instead of csv or json: a file with the rows, read when the spec is submitted; with refreshInterval by the driver, again and again, below the folder it was told.',
    ),
  format: oneOf(['csv', 'json', 'parquet']).optional().describe('Of the file, where its extension does not tell.'),
  postgres: postgres.optional(),
  kafka: compactedTopic.optional(),
  key: keyColumns
    .prefault([])
    .describe(
      "Columns of which no two rows have the same values, which is checked. Of a Kafka topic they are read from the records' keys.",
    ),
  refreshInterval: duration({ min: REFRESH_INTERVAL_MIN_MS, max: DURATION_MAX_MS })
    .optional()
    .describe('How often the rows are read again from Postgres, Kafka or a file of the driver: 5m unless given.'),
  sizeMax: size({ min: 1, max: TABLE_BYTES_MAX })
    .optional()
    .describe('Of the rows as they are read; 256MiB unless given. Every lane holds them in memory.'),
}).describe('Rows that records are joined with.');

const outputColumns = () =>
  z
    .union([columnName('the name of an output column'), z.array(columnName('the name of an output column'))], {
      error: 'the name of an output column, or a list of them',
    })
    .transform((value) => [value].flat())
    .prefault([]);

const kafkaSink = fields('a map that describes a sink', {
  type: z.literal('kafka'),
  ...connection,
  topic: topic().describe('The topic to write, one JSON object a row.'),
  key: outputColumns().describe('Output columns that make the record key: one as its text, several as a JSON object.'),
  headers: z
    .record(z.string(), z.string({ error: 'a text' }), { error: 'a map of header: text' })
    .prefault({})
    .describe('Constant headers of every record.'),
  compression: oneOf(['none', 'gzip', 'zstd']).prefault('none').describe('Of record batches.'),
  delivery: oneOf(['exactlyOnce', 'atLeastOnce'])
    .prefault('exactlyOnce')
    .describe('exactlyOnce: in transactions, for readers with isolation.level=read_committed. atLeastOnce: without.'),
  transactionTimeout: duration({ min: 1_000, max: DAY_MS })
    .optional()
    .describe('With exactlyOnce: Kafka aborts what is open for so long. 15m unless given, as much as brokers allow.'),
}).describe('Kafka, exactly once or at least once.');

const consoleSink = fields('a map that describes a sink', {
  type: z.literal('console'),
  rows: count({ min: 1, max: CONSOLE_ROWS_MAX }).prefault(20).describe('Rows shown of each batch.'),
}).describe('A table for whoever watches the job.');

const fileSink = fields('a map that describes a sink', {
  type: z.literal('file'),
  path: path('the path of a folder').describe('Folder on the executors, shared between them.'),
  format: oneOf(['ndjson', 'parquet']).prefault('ndjson').describe('Format of the files.'),
  partitionBy: outputColumns().describe(
    'Output columns that make folders, column=value, instead of being in the files.',
  ),
}).describe('Files, exactly once by a manifest for each batch.');

const noopSink = fields('a map that describes a sink', { type: z.literal('noop') }).describe('Nowhere, for measuring.');

const sink = z
  .union(
    [
      // The shorthand is the map with nothing but the type.
      oneOf(['console', 'noop']).transform((type) => (type === 'noop' ? noopSink : consoleSink).parse({ type })),
      z.discriminatedUnion('type', [kafkaSink, consoleSink, fileSink, noopSink], {
        error: 'one of kafka, console, file, noop',
      }),
    ],
    { error: 'a map with type kafka, console, file or noop' },
  )
  .describe('Where results go: a map with type kafka, console, file or noop; or just console or noop.');

const INTERVAL_RANGE = { min: 1, max: DURATION_MAX_MS };
const TRIGGER_WORDS = ['asap', 'once', 'availableNow'];
const TRIGGER_EXPECTED = 'asap, once, availableNow or a duration';
const TRIGGER_HINT = 'For example asap, or 2s for a batch every two seconds.';

const triggerWord = z.string().transform((value, context) => {
  if (value === 'once' || value === 'availableNow' || value === 'asap') return { kind: value } as const;
  const everyMs = duration(INTERVAL_RANGE).safeParse(value);
  if (everyMs.success) return { kind: 'interval' as const, everyMs: everyMs.data };
  context.addIssue({ code: 'custom', message: TRIGGER_EXPECTED, params: { hint: TRIGGER_HINT, words: TRIGGER_WORDS } });
  return z.NEVER;
});

const trigger = z
  .union(
    [
      triggerWord,
      fields('a map with interval', { interval: duration(INTERVAL_RANGE) }).transform(({ interval }) => ({
        kind: 'interval' as const,
        everyMs: interval,
      })),
    ],
    { error: TRIGGER_EXPECTED },
  )
  .prefault('asap')
  .describe('asap: as data arrives. once: one batch. availableNow: all that is there, then end. 2s: at that interval.')
  .meta({ examples: [...TRIGGER_WORDS, '2s', { interval: '2s' }] });

const limits = fields('a map of limits', {
  recordsPerBatch: count({ min: 1, max: BATCH_RECORDS_MAX }).prefault('5M').describe('Records of one batch at most.'),
  bytesPerBatch: size({ min: 1, max: BATCH_BYTES_MAX }).prefault('512MB').describe('Bytes of one batch at most.'),
  batchDuration: duration({ min: 1, max: DAY_MS })
    .prefault('600ms')
    .describe('Under load batches are sized so that one takes about this long.'),
  taskTimeout: duration({ min: SECOND_MS, max: DAY_MS })
    .prefault('5m')
    .describe('A task that works for longer is stopped and tried elsewhere.'),
})
  .prefault({})
  .describe('How large a batch may become, the first and those that catch up included.');

const restart = fields('a map of failures, within and backoff', {
  failures: count({ min: 0, max: 1_000_000 })
    .prefault(5)
    .describe('More failures than this within the span fail the job.'),
  within: duration({ min: 1, max: DURATION_MAX_MS }).prefault('10m').describe('The span.'),
  backoff: duration({ min: 1, max: DAY_MS })
    .prefault('1s')
    .describe('Wait before the first restart; doubles each time.'),
  backoffMax: duration({ min: 1, max: DAY_MS }).prefault('30s').describe('The longest wait between restarts.'),
})
  .prefault({})
  .describe('When a job that failed starts again by itself.');

const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** Job names become parts of keys, folders and group names; Kubernetes has the same limit. */
const JOB_NAME_LENGTH_MAX = 63;

/** Of relations: plain SQL identifiers, so that a query needs no quotes. */
const RELATION_NAME = /^(?!__)[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const OUTPUT_EXPECTED = 'the name of an output (letters, digits and "_", not starting with "__")';
const RELATION_EXPECTED = 'a relation name (letters, digits and "_", not starting with "__")';

const query = () => text('one SQL SELECT', 'Write a SELECT over the sources.', /\S/, QUERY_LENGTH_MAX);

const outputMode = oneOf(['append', 'update', 'complete', 'changelog'])
  .prefault('append')
  .describe(
    'append: rows that can no longer change. update: rows that changed. complete: the whole result, each batch.',
  );

const output = fields('a map of query, sink and outputMode', {
  query: query().describe('One SELECT in DuckDB SQL.'),
  sink,
  outputMode,
}).describe('One query of several, and where its rows go.');

export const inputSchema = fields('a map with name, sources, query and sink', {
  name: text('a job name', 'Letters, digits, "-" and "_", at most 63.', JOB_NAME, JOB_NAME_LENGTH_MAX).describe(
    'Name of the job, unique in a cluster. State and offsets are kept under it.',
  ),
  sources: z
    .record(keyText(RELATION_EXPECTED, RELATION_NAME), kafkaSource, {
      error: 'a map of relation: source',
    })
    .describe('What the query reads: the name of each relation, and the source behind it.'),
  tables: z
    .record(keyText(RELATION_EXPECTED, RELATION_NAME), table, { error: 'a map of relation: table' })
    .prefault({})
    .describe('Tables that the query can join by name: part of the spec, or read again at an interval.'),
  views: z
    .record(keyText(RELATION_EXPECTED, RELATION_NAME), query(), { error: 'a map of relation: SELECT' })
    .prefault({})
    .describe('Queries that the query, and views further down, can read by name as if WITH defined them.'),
  query: text('one SQL SELECT', 'Write a SELECT over the sources, after "query: |".', /\S/, QUERY_LENGTH_MAX)
    .optional()
    .describe(
      'One SELECT in DuckDB SQL. tumble(relation, column, size) and hop(relation, column, slide, size) add window_start and window_end.',
    ),
  sink: sink.optional(),
  outputMode,
  outputs: z
    .record(keyText(OUTPUT_EXPECTED, RELATION_NAME), output, { error: 'a map of name: output' })
    .optional()
    .describe('Instead of query, sink and outputMode: several of them, by name.'),
  onLateRow,
  stateTtl: duration({ min: SECOND_MS, max: STATE_TTL_MAX_MS })
    .optional()
    .describe(
      'State that no watermark ends is forgotten after this time: groups that were idle for so long, rows that came so long ago.',
    ),
  trigger,
  limits,
  restart,
}).meta({ oneOf: [{ required: ['query', 'sink'] }, { required: ['outputs'] }] });

export type SpecInput = z.output<typeof inputSchema>;
