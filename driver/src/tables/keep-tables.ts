import { createHash } from 'node:crypto';
import type { TableStatusInput } from '@millrace/proto';
import type { Clock } from '@millrace/shared/clock';
import { type MillraceError, toFailure, toMillraceError } from '@millrace/shared/errors';
import type { Logger } from '@millrace/shared/logging';
import type { JobPlan } from '@millrace/shared/plan';
import { type FetchedTable, isFetched, type JobSpec, redactTable } from '@millrace/shared/spec';
import type { BlobStore, CommitEntry, TableVersion, Takeover } from '@millrace/shared/store';
import type { JobEvents } from '../progress/job-events.ts';
import type { TableLoader } from './table-loader.ts';

/** The fetched tables of one run of a job: which versions there are, and that they stay fresh. */
export type JobTables = {
  /**
   * Resolves when there is a version of each table, for a batch to name; looking at them again begins then. Rejects with what
   * stands in the way, and may be asked again.
   */
  ready(): Promise<void>;
  /** What a batch that is planned now reads. */
  current(): TableVersion[];
  /** A batch is committed: versions that no batch can name any more are freed. */
  committed(entry: Pick<CommitEntry, 'tables'>): void;
  close(): void;
};

export type KeepTablesDeps = { loader: TableLoader; blobs: BlobStore; clock: Clock; log: Logger; events: JobEvents };

/** After a look that failed the next one comes sooner than a long interval says. */
const LOOK_AGAIN_MS = 30_000;

type Kept = {
  spec: FetchedTable;
  definition: string;
  version: TableVersion | null;
  /** Of the last load. */
  mark: string | null;
  /** When the version was last found to be what there is; null: not by this run. */
  checkedMs: number | null;
  failures: number;
  failure: MillraceError | null;
};

/**
 * Goes on from the versions that the last batch named: a store of rows that is away does not hold a job up that has some. They
 * are read again at once, and before the first batch where the job has stood still for longer than they may be old.
 */
export function keepTables(
  { spec, plan }: { spec: Pick<JobSpec, 'tables'>; plan: Pick<JobPlan, 'tables'> },
  takeover: Takeover,
  { loader, blobs, clock, log, events }: KeepTablesDeps,
): JobTables {
  const { jobId } = takeover.job;
  const over = new AbortController();
  const { signal } = over;
  const inStore = versionsNamed(takeover);
  const read = spec.tables.filter(isFetched).filter(({ name }) => plan.tables.some((table) => table.name === name));
  const tables: Kept[] = read.map((table) => {
    const definition = definitionOf(table);
    const version = inStore.findLast((one) => one.table === table.name && one.definition === definition) ?? null;
    return { spec: table, definition, version, mark: null, checkedMs: null, failures: 0, failure: null };
  });
  const blobsThere = new Set(inStore.map(({ blob }) => blob));
  let started: Promise<void> | null = null;
  let stored = 0;
  const tell = () => events.tables(tables.map(statusOf));
  tell();

  /** One look, and a new version where there is one. It is in the store before anybody can name it. */
  async function look(table: Kept): Promise<void> {
    const { spec, definition } = table;
    try {
      const loaded = await loader.load(spec, table.mark, signal);
      signal.throwIfAborted();
      if (loaded !== 'unchanged') {
        const { bytes, rows, mark } = loaded;
        const version = createHash('sha256').update(bytes).digest('hex');
        if (version !== table.version?.version) {
          const blob = `${jobId}/table.${spec.name}/${version}/${takeover.epoch}.${stored++}`;
          await blobs.put(blob, bytes);
          blobsThere.add(blob);
          const size = { bytes: bytes.byteLength, rows };
          table.version = { table: spec.name, version, blob, ...size, loadedMs: clock.now(), definition };
          log.info({ table: spec.name, version: version.slice(0, 12), ...size }, 'a new version of a table');
        }
        table.mark = mark;
      }
      table.checkedMs = clock.now();
      table.failure = null;
    } catch (thrown) {
      signal.throwIfAborted();
      table.failure = toMillraceError(thrown);
      table.failures += 1;
      log.warn({ table: spec.name, code: table.failure.code }, table.failure.message);
      throw table.failure;
    } finally {
      if (!signal.aborted) {
        tell();
        events.tableLooked(spec.name, table.failure === null);
      }
    }
  }

  async function keepFresh(table: Kept): Promise<void> {
    while (!signal.aborted) {
      const { refreshIntervalMs } = table.spec;
      const failed = table.failure !== null;
      const unseen = table.checkedMs === null && !failed;
      const waitMs = unseen ? 0 : failed ? Math.min(LOOK_AGAIN_MS, refreshIntervalMs) : refreshIntervalMs;
      try {
        await clock.delay(waitMs, signal);
        await look(table);
      } catch {
        // It is told, and counted; the version there is goes on.
      }
    }
  }

  async function begin(): Promise<void> {
    const stoodStillMs = clock.now() - (takeover.lastCommit?.timestampMs ?? 0);
    const looked = await Promise.allSettled(
      tables.map(async (table) => {
        if (table.version === null) return await look(table);
        if (takeover.pending === null && stoodStillMs > table.spec.refreshIntervalMs) await look(table).catch(() => {});
      }),
    );
    for (const one of looked) if (one.status === 'rejected') throw one.reason;
    for (const table of tables) void keepFresh(table);
  }

  return {
    ready() {
      started ??= begin().catch((error: unknown) => {
        started = null;
        throw error;
      });
      return started;
    },
    current: () => tables.flatMap(({ version }) => version ?? []),
    committed({ tables: named = [] }) {
      const needed = new Set([...named, ...tables.flatMap(({ version }) => version ?? [])].map(({ blob }) => blob));
      const gone = [...blobsThere].filter((blob) => !needed.has(blob));
      if (gone.length === 0) return;
      for (const blob of gone) blobsThere.delete(blob);
      blobs.remove(gone).catch((err: unknown) => log.warn({ err }, 'old versions of tables stay for the next sweep'));
    },
    // A look that is under way ends by itself, and leaves nothing.
    close: () => over.abort(new Error('the run is over')),
  };
}

/** Those of the last batch, then those of one that is under way. */
export const versionsNamed = ({ pending, lastCommit }: Pick<Takeover, 'pending' | 'lastCommit'>): TableVersion[] => [
  ...(lastCommit?.tables ?? []),
  ...(pending?.tables ?? []),
];

/** What the rows of a version depend on, but for passwords. */
function definitionOf(table: FetchedTable): string {
  const { columns, key, origin } = redactTable(table) as FetchedTable;
  return createHash('sha256')
    .update(JSON.stringify([columns, key ?? [], origin]))
    .digest('hex');
}

function statusOf({ spec, version, checkedMs, failures, failure }: Kept): TableStatusInput {
  const { version: name = '', rows = 0, bytes = 0, loadedMs = 0 } = version ?? {};
  return {
    ...{ table: spec.name, origin: spec.origin.kind, version: name, rows, bytes, loadedMs, failures },
    checkedMs: checkedMs ?? 0,
    ...(failure && { failure: toFailure(failure) }),
  };
}
