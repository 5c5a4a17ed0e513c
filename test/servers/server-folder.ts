import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder for a server's data and log. */
export function createServerFolder(kind: string): string {
  return mkdtempSync(join(tmpdir(), `millrace-${kind}-`));
}

/** A process that was just killed may still be writing its last file: try again rather than leave it. */
export function removeServerFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
