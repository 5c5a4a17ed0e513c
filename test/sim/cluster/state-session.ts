import { crc32 } from 'node:zlib';
import type { SqlSession } from '../../../executor/src/compute/sql-session.ts';
import type { Files } from '../world/files.ts';
import { pendingTableOf, stateTableOf } from './job-shape.ts';
import { evict, type Group, groupName, statePartitionOf, type Table } from './kernel.ts';

/** Tables of one slice, and the statements that the executor's real state code runs over them. */
export type StateSession = SqlSession & { table(name: string): Table; put(name: string, rows: Table): void };

export function openStateSession(files: Files): StateSession {
  const tables = new Map<string, Table>();
  const tableOf = (name: string): Table => {
    const found = tables.get(name);
    if (found) return found;
    throw new Error(`there is no table ${name}`);
  };
  let previousWatermarkMs = Number.NEGATIVE_INFINITY;

  function runOne(sql: string): void {
    const [, created] = /^CREATE OR REPLACE TEMP TABLE "(\w+)"/.exec(sql) ?? [];
    const [, dropped] = /^DROP TABLE IF EXISTS "?(\w+)"?$/.exec(sql) ?? [];
    const [, from, to] = /^ALTER TABLE "?(\w+)"? RENAME TO "?(\w+)"?$/.exec(sql) ?? [];
    const [, loaded] = /^INSERT INTO "(\w+)"/.exec(sql) ?? [];
    const [, adopted] = /^ADOPT (\w+)$/.exec(sql) ?? [];
    const [, evicted] = /^EVICT (\w+)$/.exec(sql) ?? [];
    if (created) tables.set(created, new Map());
    else if (dropped) tables.delete(dropped);
    else if (from && to) rename(from, to);
    else if (loaded) load(tableOf(loaded), sql);
    else if (adopted) adopt(adopted);
    else if (evicted) evict(tableOf(stateTableOf(evicted)), previousWatermarkMs);
    else throw new Error(`the simulated lane does not know: ${sql}`);
  }

  function rename(from: string, to: string): void {
    if (tables.has(to)) throw new Error(`there is a table ${to} already`);
    tables.set(to, tableOf(from));
    tables.delete(from);
  }

  function adopt(operatorId: string): void {
    const state = tableOf(stateTableOf(operatorId));
    for (const [name, group] of tableOf(pendingTableOf(operatorId))) state.set(name, group);
  }

  /** Of each group the newest file's row, from the first file that counts for its state partition. */
  function load(into: Table, sql: string): void {
    const listAfter = (word: string) => {
      const text = new RegExp(`${word}\\((\\[.*?\\]),`).exec(sql)?.[1] ?? '[]';
      return JSON.parse(text.replaceAll("'", '"')) as unknown[];
    };
    const first = listAfter('list_extract') as number[];
    (listAfter('list_position') as string[]).forEach((path, index) => {
      for (const group of JSON.parse(files.read(path).toString()) as Group[]) {
        if (index + 1 >= first[statePartitionOf(group)]!) into.set(groupName(group), group);
      }
    });
  }

  const session: Partial<StateSession> = {
    async run(sql) {
      for (const statement of sql.split(/;\s+/)) runOne(statement);
      return 0;
    },
    async set({ previous_watermark: expression }) {
      const [, ms] = /make_timestamp_ms\((-?\d+)\)/.exec(expression ?? '') ?? [];
      if (ms !== undefined) previousWatermarkMs = Number(ms);
    },
    close: () => tables.clear(),
    table: tableOf,
    put: (name, rows) => void tables.set(name, rows),
  };
  // What state code does not call is not there.
  return session as StateSession;
}

/** A number that differs from attempt to attempt and is the same in every replay. */
export const chanceOf = (text: string): number => crc32(text) / 2 ** 32;
