/** Table functions that get a hint of their own; every other one is refused without. */
export const TABLE_FUNCTION_HINTS: Readonly<Record<string, string>> = {
  unnest: 'Put it beside the source: FROM source, unnest(source.items) AS item(value).',
  range: 'Make the list in an expression: SELECT unnest(range(…)) FROM source.',
  generate_series: 'Make the list in an expression: SELECT unnest(generate_series(…)) FROM source.',
};

/** What to write instead of functions that answer anew at every call, but for those that only do something. */
export const STEADY_INSTEAD: readonly [name: RegExp, hint: string][] = [
  [
    /^random$/,
    'For a number of the record that a replay gives again write hash(_partition, _offset) / 1.8446744073709552e19.',
  ],
  [
    /uuid/,
    "For an id of the record that a replay gives again write md5(concat_ws('/', _topic, _partition, _offset))::UUID.",
  ],
  [/^(nextval|currval)$/, 'Records of a Kafka partition are numbered by _offset.'],
  [/^ago$/, 'Write now()::TIMESTAMP - INTERVAL …, which is reckoned from the time of the batch.'],
];

/** Functions that answer from the session or the engine, which is another one on every executor. */
export const SESSION_FUNCTIONS =
  /^(current_(user|role|schema|schemas|catalog|database|setting|query|query_id|connection_id|transaction_id)|session_user|user|getvariable|in_search_path|txid_current|pg_.*|has_.*_privilege|inet_.*)$/;

/** Names that DuckDB takes for session values when no column is called so. */
export const SESSION_VALUES = /^(current_(user|role|schema|catalog)|session_user|user)$/;
