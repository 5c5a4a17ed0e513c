// A seed that is wrong, made small: the smallest of the queries it is made of that is wrong by itself, over as few rows as show it.

import type { OutputMode } from '@millrace/shared/spec';
import { read } from '../shared/sql/plan-interpreter.ts';
import { type RandomQuery, randomQuery } from './queries/random-query.ts';
import { RANDOM_RELATIONS, RANDOM_ROWS } from './random-relations.ts';
import { ask, type Question, type Rig, type RowsLeft, runOf } from './run-query-seed.ts';

/** Questions are asked some tenths of a second each. */
const ASKED_MAX = 250;

/** As a case for found-cases.ts, with the rows for whoever reads it, and how the answers differ. */
export async function shrunk(seed: number, mode: OutputMode, rig: Rig): Promise<string> {
  const run = runOf(seed);
  let asked = 0;
  const isWrong = async (question: Question, left: RowsLeft): Promise<boolean> => {
    if (++asked > ASKED_MAX) return false;
    const { failure } = await ask(question, mode, run, rig, left);
    return failure !== null && !failure.startsWith('refused');
  };
  const { parts: _, ...question } = await smallestPart(randomQuery(seed), (part) => isWrong(part, {}));
  const left = await fewestRows((rows) => isWrong(question, rows));
  const found = { name: '', run, mode, ...question, left };
  const { failure } = await ask(question, mode, run, rig, left);
  return [JSON.stringify(found, null, 2), await rowsAsText(seed, left, rig), failure].join('\n\n');
}

async function smallestPart(
  whole: RandomQuery,
  isWrong: (part: RandomQuery) => Promise<boolean>,
): Promise<RandomQuery> {
  for (const part of whole.parts) if (await isWrong(part)) return smallestPart(part, isWrong);
  return whole;
}

/** Leaves rows out, many at once and then fewer, for as long as that shows the fault. */
async function fewestRows(isWrong: (left: RowsLeft) => Promise<boolean>): Promise<RowsLeft> {
  const all = Array.from({ length: RANDOM_ROWS }, (_, n) => n);
  let left: Record<string, number[]> = Object.fromEntries(RANDOM_RELATIONS.map(({ name }) => [name, all]));
  for (let size = RANDOM_ROWS; size >= 1; size = Math.floor(size / 2)) {
    for (const { name } of RANDOM_RELATIONS) {
      for (let at = 0; at < left[name]!.length; ) {
        const fewer = { ...left, [name]: left[name]!.toSpliced(at, size) };
        if (await isWrong(fewer)) left = fewer;
        else at += size;
      }
    }
  }
  return left;
}

async function rowsAsText(seed: number, left: RowsLeft, { instance }: Rig): Promise<string> {
  const connection = await instance.connect();
  const texts: string[] = [];
  for (const { name, columns, rows } of RANDOM_RELATIONS) {
    const wanted = left[name]?.join(', ') ?? '';
    if (wanted === '') continue;
    const found = await read(connection, `SELECT * FROM (${rows(seed)}) WHERE n IN (${wanted}) ORDER BY n`);
    texts.push(`${name}: ${columns.map((column) => column.name).join(', ')}`);
    texts.push(...found.map(([, ...values]) => `  ${JSON.stringify(values)}`));
  }
  connection.closeSync();
  return texts.join('\n');
}
