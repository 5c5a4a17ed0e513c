import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventKind } from './generator/event-mix.ts';
import type { NexmarkQuery } from './queries.ts';

const FOLDER = join(import.meta.dirname, 'queries');
const COMMENTS = /^--.*\n/gm;
const VIEW = /CREATE VIEW (\w+) AS\n([^;]+);/g;
const WITH = /^WITH\b/;

/** The query as one SELECT over `events`, with the views it reads and no others in front. */
export function queryText({ name, reads }: NexmarkQuery): string {
  const text = readText(`${name}.sql`);
  const views = viewTexts();
  const front = reads.map((kind) => `${kind} AS (${views[kind]})`).join(',\n');
  return WITH.test(text) ? text.replace(WITH, () => `WITH ${front},\n`) : `WITH ${front}\n${text}`;
}

function viewTexts(): Record<EventKind, string> {
  const views = [...readText('views.sql').matchAll(VIEW)].map(([, name, select]) => [name, select?.trim()]);
  return Object.fromEntries(views) as Record<EventKind, string>;
}

function readText(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8').replace(COMMENTS, '').trim();
}
