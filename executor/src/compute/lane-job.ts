import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '@millrace/shared/errors';
import { isEmbedded, type JobPlan, loadTableSql, PLAN_FORMAT_VERSION, type TablePlan } from '@millrace/shared/plan';
import { openLineFile } from '../read/slice-file.ts';
import { createRecordLines } from '../read/slice-lines.ts';
import { holdSliceStates, type SliceStates } from '../state/slice-states.ts';
import { openLaneDatabase } from './lane-database.ts';
import { holdLaneTables, type LaneTables } from './lane-tables.ts';
import type { SourceReader } from './read-source.ts';
import { createSourceTrust } from './source-trust.ts';
import { type InterruptGuard, openSqlSession, type SqlSession } from './sql-session.ts';

/** One job in one lane: its confined DuckDB, and what is kept between tasks. */
export type LaneJob = {
  readonly plan: JobPlan;
  readonly folder: string;
  readonly blockFolder: string;
  readonly stateFolder: string;
  readonly outputFolder: string;
  /** For tasks without state. */
  readonly session: SqlSession;
  readonly reader: SourceReader;
  readonly slices: SliceStates;
  readonly tables: LaneTables;
  close(): void;
};

export type LaneJobOptions = {
  jobId: string;
  planJson: string;
  lane: number;
  scratchDir: string;
  memoryMaxBytes: number;
  guard: InterruptGuard;
};

/** Errors: INVALID_ARGUMENT for a plan of another format or a job id that cannot be a folder. */
export async function openLaneJob(options: LaneJobOptions): Promise<LaneJob> {
  const { jobId, lane, guard } = options;
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(jobId)) {
    throw new MillraceError('INVALID_ARGUMENT', `${JSON.stringify(jobId)} cannot name a scratch folder.`);
  }
  const plan = JSON.parse(options.planJson) as JobPlan;
  if (plan.formatVersion !== PLAN_FORMAT_VERSION) {
    throw new MillraceError(
      'INVALID_ARGUMENT',
      `The plan of ${jobId} has format ${plan.formatVersion}, not ${PLAN_FORMAT_VERSION}.`,
      {
        hint: 'Driver and executors must be of the same release.',
      },
    );
  }
  const folder = join(options.scratchDir, jobId);
  const [blockFolder, stateFolder, outputFolder] = ['blocks', 'state', 'output'].map((name) => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  }) as [string, string, string];
  const database = await openLaneDatabase({ folder, memoryMaxBytes: options.memoryMaxBytes });
  const openSession = async () => openSqlSession(await database.connect(), guard);
  const session = await openSession();
  try {
    await loadTables(session, plan.tables, join(folder, `lane-${lane}-table`));
  } catch (error) {
    session.close();
    database.close();
    throw error;
  }
  const file = openLineFile(join(folder, `lane-${lane}.ndjson`));
  const reader = { lines: createRecordLines(), file, trust: createSourceTrust() };
  const { memoryMaxBytes } = options;
  const slices = holdSliceStates(openSession, { statePartitions: plan.statePartitions, memoryMaxBytes });
  return {
    plan,
    folder,
    blockFolder,
    stateFolder,
    outputFolder,
    session,
    reader,
    slices,
    tables: holdLaneTables(plan, session),
    close() {
      slices.close();
      session.close();
      database.close();
      reader.file.close();
    },
  };
}

/** Those of the spec, into the database, so that every session of the job sees them. Errors: those of rows that are not as declared. */
async function loadTables(session: SqlSession, tables: readonly TablePlan[], file: string): Promise<void> {
  for (const table of tables.filter(isEmbedded)) {
    writeFileSync(file, table.text);
    await session.run(loadTableSql(table, file), { table: table.name });
    rmSync(file);
  }
}
