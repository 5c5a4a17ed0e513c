import type { EventKind } from './generator/event-mix.ts';

const STRUCTS: Record<EventKind, string> = {
  person:
    'STRUCT(id BIGINT, name VARCHAR, email_address VARCHAR, credit_card VARCHAR, city VARCHAR, state VARCHAR, date_time BIGINT, extra VARCHAR)',
  auction:
    'STRUCT(id BIGINT, item_name VARCHAR, description VARCHAR, initial_bid BIGINT, reserve BIGINT, date_time BIGINT, expires BIGINT, seller BIGINT, category BIGINT, extra VARCHAR)',
  bid: 'STRUCT(auction BIGINT, bidder BIGINT, price BIGINT, channel VARCHAR, url VARCHAR, date_time BIGINT, extra VARCHAR)',
};

/** Columns of `events` as a job declares them: those of the envelope, and the events that are read. */
export function eventColumns(reads: readonly EventKind[]): Record<string, string> {
  const structs = Object.fromEntries(reads.map((kind) => [kind, STRUCTS[kind]]));
  return { event_type: 'INTEGER', date_time: 'epoch_ms', ...structs };
}
