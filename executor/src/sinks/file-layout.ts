// Names within the folder of a file sink. Pure.
//
//   _staging/<job>/<attempt>.<ext>              prepared, not to be read
//   _staging/<job>/<epoch>.<batch>.manifest-<writer>.json   a manifest on its way to its name
//   batch=000000000012/part-s1-00003.<ext>      published
//   day=2024-01-01/batch=000000000012/part-s1-00003.<ext>   the same, partitioned by day; staged as <attempt>.<number>.<ext>
//   _manifest/000000000012.json                 the files of one batch; a batch without it is not there yet

export const STAGING_FOLDER = '_staging';
export const MANIFEST_FOLDER = '_manifest';

export type FileFormat = 'ndjson' | 'parquet';

/** So that names sort as numbers do. Digits. */
const BATCH_DIGITS = 12;
const TASK_DIGITS = 5;

export const batchName = (batchId: number): string => String(batchId).padStart(BATCH_DIGITS, '0');

export const manifestPath = (batchId: number): string => `${MANIFEST_FOLDER}/${batchName(batchId)}.json`;

export const stagingFolder = (jobId: string): string => `${STAGING_FOLDER}/${jobId}`;

/** Attempts begin with `<driver epoch>.<batch>.`, which the sweep relies on. */
export function stagedPath(jobId: string, attemptId: string, format: FileFormat): string {
  return `${stagingFolder(jobId)}/${attemptId}.${format}`;
}

export function manifestStagedPath(
  jobId: string,
  at: { driverEpoch: number; batchId: number },
  writer: string,
): string {
  return `${stagingFolder(jobId)}/${at.driverEpoch}.${at.batchId}.manifest-${writer}.json`;
}

export function publishedPath(at: { batchId: number; stage: string; taskIndex: number }, format: FileFormat): string {
  const task = String(at.taskIndex).padStart(TASK_DIGITS, '0');
  return `batch=${batchName(at.batchId)}/part-${at.stage}-${task}.${format}`;
}

/** Of one partition of what is staged at `staged`. */
export const stagedPartPath = (staged: string, index: number): string => staged.replace(/(\.\w+)$/, `.${index}$1`);

export const isManifest = (fileName: string): boolean => fileName.endsWith('.json');

/** Batch of a staged file, whether complete or still being moved in; null for a file that is not ours. */
export function batchOfStaged(fileName: string): number | null {
  const match = /^\d+\.(\d+)\..+\.(ndjson|parquet|json)(\.moving)?$/.exec(fileName);
  return match ? Number(match[1]) : null;
}
