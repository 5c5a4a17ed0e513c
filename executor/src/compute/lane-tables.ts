import { MillraceError } from '@millrace/shared/errors';
import { type FetchedTablePlan, isEmbedded, type JobPlan, loadVersionSql } from '@millrace/shared/plan';
import type { TableFile, TableVersionRef } from '../lanes/messages.ts';
import type { SqlSession } from './sql-session.ts';
import { quoteName } from './sql-text.ts';

/**
 * The fetched tables of one job in one lane: of each the version that was loaded last, under a name of its own. Every
 * session sees it by a view of the relation that the plan names.
 */
export type LaneTables = {
  /** Makes these the versions there are. What was there before goes first, so that only one lies in memory. */
  load(files: readonly TableFile[]): Promise<void>;
  /** Lets the session's statements read these versions. JOB_NOT_OPEN when one could not be loaded before. */
  show(session: SqlSession, versions: readonly TableVersionRef[]): Promise<void>;
};

export function holdLaneTables(plan: JobPlan, loading: SqlSession): LaneTables {
  const loaded = new Map<string, string>();
  const planOf = (name: string): FetchedTablePlan => {
    const found = plan.tables.find((table) => table.name === name);
    if (found && !isEmbedded(found)) return found;
    throw new MillraceError('INVALID_ARGUMENT', `The plan reads no table ${name} again and again.`);
  };
  const storedAs = (table: string, version: string) => `${planOf(table).relation}_${version}`;

  return {
    async load(files) {
      for (const { table, version, path } of files) {
        const before = loaded.get(table);
        if (before === version) continue;
        loaded.delete(table);
        if (before !== undefined) await loading.run(`DROP TABLE ${quoteName(storedAs(table, before))}`, { table });
        await loading.run(loadVersionSql(planOf(table), storedAs(table, version), path), { table });
        loaded.set(table, version);
      }
    },
    async show(session, versions) {
      for (const { table, version } of versions) {
        if (loaded.get(table) !== version)
          throw new MillraceError('JOB_NOT_OPEN', `The lane does not hold that version of the table ${table}.`);
        await session.view(planOf(table).relation, `SELECT * FROM ${quoteName(storedAs(table, version))}`);
      }
    },
  };
}
