import type { Check } from './check-columns.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';

/** Each costs every task a statement and, of some sinks, a transaction or a file. */
const OUTPUTS_MAX = 16;

/** What an output consists of; in a job with only one it stands at the top of the spec. */
const KEYS = { query: 'one SQL SELECT', sink: 'a map with type kafka, console, file or noop' };

/** One query and one sink, or outputs; of sinks, what must fit sources and each other. */
export function checkOutputs(check: Check): void {
  const spec = check.source.value;
  const outputs = valueAt(spec, ['outputs']);
  if (isMap(spec) && outputs === undefined) checkOnly(check, spec);
  if (isMap(spec) && isMap(outputs)) checkNamed(check, spec, outputs);
  for (const { path, sink } of sinksOf(check)) {
    checkTwice(check, [...path, 'key'], 'key', sink.key);
    checkTwice(check, [...path, 'partitionBy'], 'partition', sink.partitionBy);
    if (sink.type === 'kafka') checkKafkaSink(check, path, sink);
  }
  checkTargets(check);
}

function checkOnly({ report }: Check, spec: Record<string, unknown>): void {
  for (const [key, expected] of Object.entries(KEYS))
    if (spec[key] === undefined) report([key], `"${key}" is missing in the spec`, `Add "${key}": ${expected}.`);
}

function checkNamed(check: Check, spec: Record<string, unknown>, outputs: Record<string, unknown>): void {
  const names = Object.keys(outputs);
  for (const key of [...Object.keys(KEYS), 'outputMode'])
    if (spec[key] !== undefined)
      check.report([key], `${key} and outputs are both there`, `Move ${key} into an output of its own.`, true);
  if (names.length === 0) check.report(['outputs'], 'outputs is empty', 'Name at least one, with its query and sink.');
  if (names.length > OUTPUTS_MAX)
    check.report(
      ['outputs'],
      `there are ${names.length} outputs; a job has ${OUTPUTS_MAX} at most`,
      'Divide them among several jobs.',
      true,
    );
}

/** Sinks of all outputs, as far as they are maps. */
export function sinksOf({ source: { value } }: Check): { path: SpecPath; sink: Record<string, unknown> }[] {
  const outputs = valueAt(value, ['outputs']);
  const named = isMap(outputs) ? Object.keys(outputs).map((name) => ['outputs', name, 'sink']) : [];
  return [['sink'], ...named].flatMap((path) => {
    const sink = valueAt(value, path);
    return isMap(sink) ? [{ path, sink }] : [];
  });
}

function checkTwice({ report }: Check, path: SpecPath, what: string, columns: unknown): void {
  if (Array.isArray(columns) && new Set(columns).size < columns.length)
    report(path, `a ${what} column is there twice`, 'Name each column once.');
}

function checkKafkaSink(check: Check, path: SpecPath, sink: Record<string, unknown>): void {
  if (sink.delivery === 'atLeastOnce' && sink.transactionTimeout !== undefined) {
    check.report(
      [...path, 'transactionTimeout'],
      'there are no transactions with delivery: atLeastOnce',
      'Leave transactionTimeout out, or write delivery: exactlyOnce.',
      true,
    );
  }
  const sources = valueAt(check.source.value, ['sources']);
  if (!isMap(sources) || typeof sink.topic !== 'string') return;
  for (const [name, source] of Object.entries(sources)) {
    if (!isMap(source) || !topicsOf(source).includes(sink.topic) || !sameBrokers(source.brokers, sink.brokers))
      continue;
    check.report(
      [...path, 'topic'],
      `the sink writes the topic that the source ${name} reads`,
      'The job would feed itself for ever: choose another topic.',
    );
  }
}

/** Rows of two outputs in one topic could not be told apart, and one would overwrite keys of the other. */
function checkTargets(check: Check): void {
  const seen: { path: SpecPath; sink: Record<string, unknown> }[] = [];
  for (const { path, sink } of sinksOf(check)) {
    if (sink.type !== 'kafka' || typeof sink.topic !== 'string') continue;
    const first = seen.find(
      ({ sink: { topic, brokers } }) => topic === sink.topic && sameBrokers(brokers, sink.brokers),
    );
    if (first === undefined) seen.push({ path, sink });
    else
      check.report(
        [...path, 'topic'],
        `the topic is that of ${first.path.join('.')} already`,
        'Give each output a topic of its own.',
      );
  }
}

export function topicsOf(source: Record<string, unknown>): string[] {
  const all = [source.topic, source.topics].flat();
  return all.filter((topic): topic is string => typeof topic === 'string');
}

export function sameBrokers(one: unknown, other: unknown): boolean {
  const list = (value: unknown) =>
    String(value)
      .split(/[\s,]+/)
      .sort()
      .join();
  return list(one) === list(other);
}
