import {
  isEmbedded,
  type JobPlan,
  type ModeNote,
  type NamedOutput,
  type Operator,
  outputsOf,
  type SinkOutput,
  type SourcePlan,
  type Stage,
  type StateTable,
  type TablePlan,
  tellingWarnings,
} from '../plan/index.ts';
import { formatSize } from '../spec/quantities.ts';

/** A plan for people: stages, operators, state, and the SQL of every step. */
export function explainPlan(plan: JobPlan): string {
  return [
    `Plan ${plan.hash.slice(0, 12)}, ${plan.statePartitions} state partitions`,
    ...plan.sources.map(source),
    ...plan.tables.map(table),
    ...plan.stages.flatMap((one) => stage(one, plan.stages)),
    ...outputsOf(plan).flatMap((one) => output(one, plan)),
    ...tellingWarnings(plan).map((warning) => `Warning: ${warning}`),
  ].join('\n');
}

function output({ name, mode, keyColumns, columns }: NamedOutput, { outputs, notes }: JobPlan): string[] {
  const keys = keyColumns.length > 0 ? `, key ${keyColumns.join(', ')}` : '';
  const listed = columns.map((column) => `${column.name} ${column.type}`).join(', ');
  const modes = (notes?.modes ?? []).filter((note) => note.output === name);
  return [
    `Output${outputs === undefined ? '' : ` ${name}`}: ${mode}${keys}: ${listed}`,
    ...modes.map((note) => `  ${modeText(note, mode)}`),
  ];
}

function modeText({ mode, possible, reason, remedy }: ModeNote, chosen: string): string {
  if (possible) return `${mode}: ${mode === chosen ? 'yes, as the spec says' : 'possible'}`;
  return [`${mode}: no — ${reason}`, remedy].filter(Boolean).join(' ');
}

const sinkName = ({ output }: SinkOutput): string => (output === undefined ? 'sink' : `sink ${output}`);
const outputSqlOf = ({ output }: SinkOutput): string =>
  output === undefined ? 'output SQL' : `output SQL of ${output}`;

function source({ name, columns, metadata, eventTimeColumn }: SourcePlan): string {
  const read = [
    ...columns.map((column) => `${column.name} ${column.type}`),
    ...metadata.map((column) => `${column.name} (metadata)`),
  ];
  const time = eventTimeColumn === null ? '' : `; event time ${eventTimeColumn}`;
  return `Source ${name}: reads ${read.join(', ')}${time}`;
}

function table(plan: TablePlan): string {
  const listed = plan.columns.map((column) => `${column.name} ${column.type}`).join(', ');
  const how = isEmbedded(plan)
    ? `${formatSize(Buffer.byteLength(plan.text))}, loaded once`
    : `from ${plan.origin}, in the version that the batch names`;
  return `Table ${plan.name}: ${listed}; ${how}`;
}

function stage({ id, inputs, operators, outputs }: Stage, all: readonly Stage[]): string[] {
  const makerOf = (shuffle: string) =>
    all.find((one) => one.outputs.some((output) => output.kind === 'shuffle' && output.id === shuffle))?.id;
  const readerOf = (shuffle: string) =>
    all.find((one) => one.inputs.some((input) => input.kind === 'shuffle' && input.shuffles.includes(shuffle)))?.id;
  const from = inputs.flatMap((input) =>
    input.kind === 'source'
      ? [`source ${input.source}`]
      : input.shuffles.map((shuffle) => `shuffle from ${makerOf(shuffle)}`),
  );
  const to = outputs.map((output) =>
    output.kind === 'sink' ? sinkName(output) : `shuffle by hash of the keys to ${readerOf(output.id)}`,
  );
  return [
    `Stage ${id}: ${[...new Set(from)].join(', ')} → ${[...new Set(to)].join(', ')}`,
    ...operators.flatMap(operator),
    ...outputs.flatMap((output) => (output.kind === 'sink' ? indented(outputSqlOf(output), output.sql) : [])),
  ];
}

function operator({ id, description, statements, counters, state }: Operator): string[] {
  return [
    `  ${id}: ${description}`,
    ...(state ? stateLines(state) : []),
    ...statements.flatMap((sql) => indented('SQL', sql)),
    ...counters.flatMap(({ name, sql }) => indented(`count ${name}`, sql)),
    ...(state ? state.adopt.flatMap((sql) => indented('after commit', sql)) : []),
  ];
}

function stateLines({ kind, columns, keyColumns, evict, ttl }: StateTable): string[] {
  const keys = keyColumns.length > 0 ? keyColumns.join(', ') : kind === 'keyed' ? 'none (one row)' : 'none';
  const values = columns.filter(({ name }) => !keyColumns.includes(name)).map(({ name, type }) => `${name} ${type}`);
  return [
    `    state: ${kind === 'log' ? 'rows by' : 'key'} ${keys}; ${values.join(', ')}`,
    evict !== null
      ? `    state ends by ${evict.sql}`
      : ttl
        ? `    state ends by stateTtl: ${ttl.evictSql}`
        : '    state never ends',
  ];
}

const indented = (label: string, sql: string): string[] => {
  const [first, ...rest] = sql.split('\n');
  return [`    ${label}: ${first}`, ...rest.map((line) => `      ${line}`)];
};
