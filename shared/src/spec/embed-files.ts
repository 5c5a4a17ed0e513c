import { isScalar, isMap as isYamlMap, type Node, type Pair } from 'yaml';
import { UNKNOWN_FORMAT } from './check-tables.ts';
import type { Environment } from './environment.ts';
import { problemAt } from './issue-problems.ts';
import type { SpecProblem, TableFormat } from './job-spec.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import { readSpecSource, type SpecSource } from './spec-source.ts';
import { formatOfFile } from './table-limits.ts';
import { readYamlText } from './yaml-text.ts';

/** Gives the rows of a file as text, those of a Parquet file as JSON, or says why it cannot. `columns`: those that are declared. */
export type ReadTableFile = (
  file: string,
  format: TableFormat | 'parquet',
  columns: readonly string[],
) => Promise<{ ok: true; text: string } | FileProblem>;
export type FileProblem = { ok: false; message: string; hint: string };

/**
 * The same spec with the rows of its tables in the place of their files' names, so that they are a version with the spec. Lines
 * keep their numbers. Files that cannot be had stay as they are, and are told.
 */
export async function embedTableFiles(
  text: string,
  fileName: string,
  environment: Environment,
  read: ReadTableFile,
): Promise<{ text: string; problems: SpecProblem[] }> {
  const source = readSpecSource(text, fileName, environment);
  const problems: SpecProblem[] = [];
  const pieces: string[] = [];
  let done = 0;
  for (const { path, file, pair } of filesIn(source, text, fileName)) {
    const content = pair === undefined ? NO_ALIAS : await contentOf(source, path, file, read);
    if (!content.ok) problems.push(problemAt(path, content.message, content.hint, source));
    else {
      const [start, end] = [pair!.key.range![0], pair!.value!.range![1]];
      const quote = text[start] === '"' ? '"' : '';
      const rows = JSON.stringify(content.text.replaceAll('${', () => '$${'));
      pieces.push(text.slice(done, start), `${quote}${content.format}${quote}: ${rows}`);
      done = end;
    }
  }
  return { text: pieces.join('') + text.slice(done), problems };
}

const NO_ALIAS: FileProblem = { ok: false, message: 'an alias cannot stand for a table', hint: 'Write the table out.' };

type FilePair = Pair<Node, Node | null>;

/** In the order of the text. `pair`: undefined where an alias stands for it. */
function filesIn(
  source: SpecSource,
  text: string,
  fileName: string,
): { path: SpecPath; file: string; pair: FilePair | undefined }[] {
  const tables = valueAt(source.value, ['tables']);
  if (!isMap(tables)) return [];
  const { document } = readYamlText(text, fileName);
  return Object.entries(tables).flatMap(([name, table]) => {
    if (!isMap(table) || typeof table.file !== 'string' || table.csv !== undefined || table.json !== undefined)
      return [];
    // The driver is to read it, again and again.
    if (table.refreshInterval !== undefined) return [];
    const node = document.getIn(['tables', name], true);
    const pairs = isYamlMap(node) ? (node.items as FilePair[]) : [];
    const pair = pairs.find(({ key, value }) => isScalar(key) && key.value === 'file' && isScalar(value));
    return [{ path: ['tables', name, 'file'], file: table.file, pair }];
  });
}

async function contentOf(
  { value }: SpecSource,
  path: SpecPath,
  file: string,
  read: ReadTableFile,
): Promise<{ ok: true; text: string; format: TableFormat } | FileProblem> {
  const table = path.slice(0, -1);
  const told = valueAt(value, [...table, 'format']);
  const format = told === 'csv' || told === 'json' || told === 'parquet' ? told : formatOfFile(file);
  if (format === undefined) return { ok: false, ...UNKNOWN_FORMAT };
  const columns = valueAt(value, [...table, 'columns']);
  const content = await read(file, format, isMap(columns) ? Object.keys(columns) : []);
  return content.ok ? { ...content, format: format === 'csv' ? 'csv' : 'json' } : content;
}
