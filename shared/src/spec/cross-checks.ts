// What no single value of a spec can tell: names that clash, keys that need or exclude each other. Works on the plain
// data as written, whatever the schema thinks of it, so that all problems of a spec are found at once.
import { normalize } from 'node:path';
import { checkChanges } from './check-changes.ts';
import { type Check, checkColumnNames, type Report, reportTwins } from './check-columns.ts';
import { checkOutputs, sameBrokers, sinksOf, topicsOf } from './check-outputs.ts';
import { checkTables, checkViews } from './check-tables.ts';
import { nearest } from './did-you-mean.ts';
import { problemAt, shown } from './issue-problems.ts';
import { RAW_COLUMNS, type SpecProblem } from './job-spec.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import type { SpecSource } from './spec-source.ts';

/** Types that JSON columns can have and that move a watermark. */
const EVENT_TIME_TYPES = ['timestamp', 'epoch_ms', 'epoch_s'];

/** Every problem that shows only when parts of the spec are looked at together. */
export function crossCheck(source: SpecSource): SpecProblem[] {
  const problems: SpecProblem[] = [];
  const report: Report = (path, message, hint, atKey) => {
    problems.push(problemAt(path, message, hint, source, atKey));
  };
  const check = { source, report };
  checkSources(check);
  checkTables(check);
  checkViews(check);
  checkOutputs(check);
  exactlyOne(check, ['onLateRow', 'deadLetter'], ['topic', 'file']);
  checkFolders(check);
  checkDeadLetterTopics(check);
  return problems;
}

function checkSources(check: Check): void {
  const sources = valueAt(check.source.value, ['sources']);
  if (!isMap(sources)) return;
  const names = Object.keys(sources);
  if (names.length === 0) check.report(['sources'], 'sources is empty', 'Name at least one relation and its source.');
  reportTwins(check, ['sources'], names, 'relation');
  for (const name of names) {
    const source = sources[name];
    if (!isMap(source)) continue;
    checkTopics(check, ['sources', name], source);
    checkColumns(check, ['sources', name], source);
    checkChanges(check, ['sources', name], source);
    checkWatermark(check, ['sources', name], source);
    exactlyOne(check, ['sources', name, 'startingOffsets'], ['timestamp', 'offsets']);
    exactlyOne(check, ['sources', name, 'onBadRecord', 'deadLetter'], ['topic', 'file']);
    const onBadRecord = source.onBadRecord;
    if (isMap(onBadRecord) && onBadRecord.deadLetter === undefined && Object.keys(onBadRecord).length === 0) {
      check.report(
        ['sources', name, 'onBadRecord'],
        'onBadRecord is empty',
        'Write {deadLetter: {topic: …}}, fail or drop.',
      );
    }
  }
}

function exactlyOne(check: Check, path: SpecPath, keys: readonly [string, string]): void {
  const map = valueAt(check.source.value, path);
  if (!isMap(map)) return;
  const given = keys.filter((key) => map[key] !== undefined);
  if (given.length === 1) return;
  const name = path.at(-1);
  const message =
    given.length === 0 ? `${name} has neither ${keys.join(' nor ')}` : `${name} has both ${keys.join(' and ')}`;
  check.report(path, message, 'Give exactly one of them.', true);
}

function checkTopics(check: Check, path: SpecPath, source: Record<string, unknown>): void {
  if (source.topic === undefined && source.topics === undefined) {
    check.report(
      [...path, 'topic'],
      `"topic" is missing in sources.${path.at(-1)}`,
      'Add "topic": the Kafka topic to read, or "topics": a list.',
    );
    return;
  }
  if (source.topic !== undefined && source.topics !== undefined) {
    check.report([...path, 'topics'], 'topic and topics are both there', 'Give one topic or a list of topics.', true);
  }
  const topics = topicsOf(source);
  topics.forEach((topic, index) => {
    if (topics.indexOf(topic) === index) return;
    check.report(
      [...path, 'topics'],
      'a topic is there twice',
      'Its records would be read twice: name each topic once.',
    );
  });
  const offsets = valueAt(source, ['startingOffsets', 'offsets']);
  if (!isMap(offsets)) return;
  for (const topic of Object.keys(offsets)) {
    if (topics.includes(topic)) continue;
    const near = nearest(topic, topics);
    const hint = near === undefined ? 'Give offsets for topics of this source only.' : `Did you mean "${near}"?`;
    check.report(
      [...path, 'startingOffsets', 'offsets', topic],
      `the topic "${topic}" is not read by this source`,
      hint,
      true,
    );
  }
}

function checkColumns(check: Check, path: SpecPath, source: Record<string, unknown>): void {
  const { columns } = source;
  if (source.format === 'raw') {
    const hint = `A raw source always has ${RAW_COLUMNS.map(({ name }) => name).join(', ')}. Remove columns, or use format: json.`;
    if (columns !== undefined) check.report([...path, 'columns'], 'a raw source declares no columns', hint, true);
    return;
  }
  if (source.format !== undefined && source.format !== 'json') return;
  if (columns === undefined) {
    const hint = 'Add "columns": a map of field: type, such as "user: VARCHAR"; or use format: raw.';
    check.report([...path, 'columns'], `"columns" is missing in sources.${path.at(-1)}`, hint);
  }
  if (!isMap(columns)) return;
  checkColumnNames(check, [...path, 'columns'], columns);
  for (const name of Object.keys(columns)) {
    if (!METADATA_COLUMNS.includes(name.toLowerCase())) continue;
    check.report(
      [...path, 'columns', name],
      `"${name}" is the name of a Kafka metadata column`,
      `${METADATA_COLUMNS.join(', ')} are there without being declared.`,
      true,
    );
  }
}

/** Names under which the Kafka metadata is available beside JSON columns. */
const METADATA_COLUMNS: readonly string[] = RAW_COLUMNS.map(({ name }) => `_${name}`);

function checkWatermark(check: Check, path: SpecPath, source: Record<string, unknown>): void {
  const column = valueAt(source, ['watermark', 'column']);
  if (typeof column !== 'string') return;
  const columnPath = [...path, 'watermark', 'column'];
  const written = shown(columnPath, check.source);
  if (source.format === 'raw') {
    if (column === 'timestamp') return;
    check.report(
      columnPath,
      `a raw source has no event time ${written}`,
      'Its only TIMESTAMP is "timestamp", the time of the Kafka record.',
    );
    return;
  }
  if (column === '_timestamp' || !isMap(source.columns)) return;
  const declared = Object.keys(source.columns);
  const name = declared.find((candidate) => candidate.toLowerCase() === column.toLowerCase());
  if (name === undefined) {
    const near = nearest(column, declared);
    const hint = `Declare it under columns, or use "_timestamp", the time of the Kafka record.`;
    check.report(
      columnPath,
      `the column ${written} is not declared`,
      near === undefined ? hint : `Did you mean "${near}"?`,
    );
    return;
  }
  const type = source.columns[name];
  if (typeof type !== 'string' || EVENT_TIME_TYPES.includes(type.trim().toLowerCase())) return;
  const hint = 'Declare it as TIMESTAMP, or as epoch_ms or epoch_s when JSON holds a number.';
  check.report(columnPath, `the column ${written} is no TIMESTAMP`, hint);
}

/** Places of dead letters of this kind, by path. */
function deadLettersOf(
  { source: { value } }: Check,
  kind: 'topic' | 'file',
): { path: SpecPath; target: string; of: unknown }[] {
  const sources = valueAt(value, ['sources']);
  const names = isMap(sources) ? Object.keys(sources) : [];
  const places = [
    ...names.map((name) => ({
      path: ['sources', name, 'onBadRecord', 'deadLetter', kind],
      of: valueAt(value, ['sources', name]),
    })),
    // Topics of late rows lie in the cluster of the first source.
    { path: ['onLateRow', 'deadLetter', kind], of: valueAt(value, ['sources', names[0] ?? '']) },
  ];
  return places.flatMap(({ path, of }) => {
    const target = valueAt(value, path);
    return typeof target === 'string' ? [{ path, target, of }] : [];
  });
}

/** A folder tells by its manifests which batch is there: of one writer each. */
function checkFolders(check: Check): void {
  const ofSinks = sinksOf(check).flatMap(({ path, sink }) =>
    sink.type === 'file' && typeof sink.path === 'string' ? [{ path: [...path, 'path'], target: sink.path }] : [],
  );
  const seen = new Map<string, SpecPath>();
  for (const { path, target } of [...ofSinks, ...deadLettersOf(check, 'file')]) {
    const folder = normalize(target).replace(/\/+$/, '');
    const first = seen.get(folder);
    if (first === undefined) seen.set(folder, path);
    else
      check.report(path, `the folder is that of ${first.join('.')} already`, 'Give each of them a folder of its own.');
  }
}

function checkDeadLetterTopics(check: Check): void {
  const sources = valueAt(check.source.value, ['sources']);
  if (!isMap(sources)) return;
  for (const { path, target, of } of deadLettersOf(check, 'topic')) {
    const reader = Object.values(sources).find(
      (source) =>
        isMap(source) && isMap(of) && topicsOf(source).includes(target) && sameBrokers(source.brokers, of.brokers),
    );
    if (reader === undefined) continue;
    check.report(
      path,
      'dead letters would go to a topic that the job reads',
      'They would come back for ever: choose another topic.',
    );
  }
}
