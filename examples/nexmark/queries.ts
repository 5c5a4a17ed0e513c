import type { EventKind } from './generator/event-mix.ts';

export type QueryName = `q${number}`;

/** One of the queries of NEXMark; its text is `queries/<name>.sql`. */
export type NexmarkQuery = {
  name: QueryName;
  title: string;
  /** Relations it names, beside the side input. */
  reads: readonly EventKind[];
  readsSideInput: boolean;
  output: NexmarkOutput;
  /** Whether windows of event time are closed by the watermark: then the last ones stay open. */
  closesWindows: boolean;
  /** What it should reach on two cores with Kafka and Redis beside it, counting events of all kinds. Null: nothing is asked. */
  targetEventsPerSecond: number | null;
  /**
   * SELECT over `answer`, both the engine's and DuckDB's, by which they are compared, where not every row can be the same: a
   * window of the clock is another one in each run.
   */
  comparedAs?: string;
};

/** How rows leave the job; `update` goes by the columns of the key. */
export type NexmarkOutput = { mode: 'append' } | { mode: 'update'; key: readonly string[] } | { mode: 'changelog' };

const STATELESS = 1_000_000;
const WINDOWED = 500_000;
const JOINED = 150_000;

const APPEND: NexmarkOutput = { mode: 'append' };
const update = (...key: string[]): NexmarkOutput => ({ mode: 'update', key });

type Further = Partial<Pick<NexmarkQuery, 'readsSideInput' | 'closesWindows' | 'comparedAs'>>;

const query = (
  name: QueryName,
  title: string,
  reads: NexmarkQuery['reads'],
  output: NexmarkOutput,
  targetEventsPerSecond: number | null,
  further: Further = {},
): NexmarkQuery => {
  return { name, title, reads, readsSideInput: false, output, closesWindows: false, targetEventsPerSecond, ...further };
};

/** In a window of event time each row is final as the watermark passes its end. */
const WINDOW = { closesWindows: true };
const CLOCK = { comparedAs: 'SELECT bidder, sum(bid_count)::BIGINT AS bid_count FROM answer GROUP BY bidder' };

export const QUERIES: readonly NexmarkQuery[] = [
  query('q0', 'pass through', ['bid'], APPEND, STATELESS),
  query('q1', 'currency conversion', ['bid'], APPEND, STATELESS),
  query('q2', 'selection of auctions', ['bid'], APPEND, STATELESS),
  query('q3', 'auctions and their sellers, filtered', ['auction', 'person'], APPEND, JOINED),
  query('q4', 'average winning price of a category', ['auction', 'bid'], update('category'), JOINED),
  query('q5', 'hot items in hopping windows', ['bid'], APPEND, WINDOWED, WINDOW),
  query('q6', 'average of the last winning prices of a seller', ['auction', 'bid'], { mode: 'changelog' }, JOINED),
  query('q7', 'highest bid of a window', ['bid'], APPEND, WINDOWED, WINDOW),
  query('q8', 'new users who sell, joined by window', ['person', 'auction'], APPEND, WINDOWED),
  query('q9', 'winning bids', ['auction', 'bid'], update('id'), JOINED),
  query('q10', 'log with day and minute', ['bid'], APPEND, null),
  query('q11', 'sessions of users', ['bid'], APPEND, WINDOWED, WINDOW),
  query(
    'q12',
    'bids in windows of processing time',
    ['bid'],
    update('bidder', 'start_time', 'end_time'),
    WINDOWED,
    CLOCK,
  ),
  query('q13', 'join with a bounded table', ['bid'], APPEND, JOINED, { readsSideInput: true }),
  query('q14', 'calculation', ['bid'], APPEND, STATELESS),
  query('q15', 'statistics of a day', ['bid'], update('day'), WINDOWED),
  query('q16', 'statistics of a channel and a day', ['bid'], update('channel', 'day'), WINDOWED),
  query('q17', 'statistics of an auction and a day', ['bid'], update('auction', 'day'), WINDOWED),
  query('q18', 'last bid of a bidder for an auction', ['bid'], update('bidder', 'auction'), JOINED),
  query('q19', 'ten highest bids of an auction', ['bid'], update('auction', 'rank_number'), JOINED),
  query('q20', 'bids with their auctions', ['bid', 'auction'], APPEND, JOINED),
  query('q21', 'channel id', ['bid'], APPEND, STATELESS),
  query('q22', 'folders of a url', ['bid'], APPEND, STATELESS),
];
