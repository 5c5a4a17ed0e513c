import { isScalar, isMap as isYamlMap, type Node, type Pair } from 'yaml';
import type { Environment } from './environment.ts';
import { problemAt } from './issue-problems.ts';
import type { SpecProblem, TableFormat } from './job-spec.ts';
import { isMap, type SpecPath, valueAt } from './spec-path.ts';
import { readSpecSource, type SpecSource } from './spec-source.ts';
import { readYamlText } from './yaml-text.ts';

/** Gives the text of a file as a table's rows, or says why it cannot. */
export type ReadTableFile = (file: string) => Promise<{ ok: true; text: string } | FileProblem>;
type FileProblem = { ok: false; message: string; hint: string };

const FORMATS: Readonly<Record<string, TableFormat>> = { csv: 'csv', json: 'json', ndjson: 'json', jsonl: 'json' };

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
  const told = valueAt(value, [...path.slice(0, -1), 'format']);
  const extension = /\.([^./\\]*)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  const format = told === 'csv' || told === 'json' ? told : FORMATS[extension];
  if (format === undefined) {
    const message = `the format of the table's file is not known`;
    const convert = "Convert it, for example with duckdb: COPY (FROM 'rows.parquet') TO 'rows.csv'.";
    return { ok: false, message, hint: extension === 'parquet' ? convert : 'Add format: csv or json.' };
  }
  const content = await read(file);
  return content.ok ? { ...content, format } : content;
}
