import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { createEventWriter } from '../../../../examples/nexmark/generator/event-writer.ts';
import { GENERATOR_DEFAULTS, type GeneratorOptions } from '../../../../examples/nexmark/generator/generator-options.ts';

type Event = {
  event_type: number;
  date_time: number;
  person?: Record<string, unknown> & { id: number; extra: string };
  auction?: Record<string, unknown> & {
    id: number;
    seller: number;
    category: number;
    date_time: number;
    expires: number;
  };
  bid?: Record<string, unknown> & { auction: number; bidder: number; price: number; channel: string; url: string };
};

const FIRST = GENERATOR_DEFAULTS.firstEventTimeMs;
const EVENTS = 50_000;

function linesOf(options: Partial<GeneratorOptions>, events = EVENTS, from = 0): string[] {
  const writer = createEventWriter({ ...GENERATOR_DEFAULTS, ...options });
  return Array.from({ length: events }, (_, index) => writer.buffer.toString('latin1', 0, writer.write(from + index)));
}

const eventsOf = (...args: Parameters<typeof linesOf>) => linesOf(...args).map((line) => JSON.parse(line) as Event);
const events = eventsOf({});
const bids = events.flatMap(({ bid }) => bid ?? []);
const auctions = events.flatMap(({ auction }) => auction ?? []);
const persons = events.flatMap(({ person }) => person ?? []);

/** Change these only together with the results in docs/nexmark.md: they are of another stream then. */
const GOLDEN: [Partial<GeneratorOptions>, hash: string][] = [
  [{}, '09e761103fb1b280'],
  [{ seed: 2 }, 'b9cb4538c4fc96ea'],
  [{ eventsPerSecond: 500, disorder: { maxMs: 3_000, share: 0.1 } }, 'a52f27bd8036adc6'],
];

for (const [options, hash] of GOLDEN) {
  test(`the same bytes as ever with ${JSON.stringify(options)}`, () => {
    assert.equal(createHash('sha256').update(linesOf(options).join('\n')).digest('hex').slice(0, 16), hash);
  });
}

test('an event does not depend on those before it', () => {
  assert.deepEqual(linesOf({}, 100, 12_345), linesOf({}, 12_445).slice(12_345));
  const far = 6_000_000_000;
  assert.notEqual(linesOf({}, 1, far + 4)[0], linesOf({}, 1, far + 4 - 2 ** 32)[0]);
});

test('of 50 events one is a person, three are auctions, 46 bids', () => {
  assert.deepEqual(
    [persons.length, auctions.length, bids.length],
    [EVENTS / 50, (EVENTS * 3) / 50, (EVENTS * 46) / 50],
  );
  assert.deepEqual(
    events.slice(0, 6).map(({ event_type }) => event_type),
    [0, 1, 1, 1, 2, 2],
  );
  for (const { event_type, person, auction, bid } of events) {
    assert.deepEqual([person, auction, bid].map(Boolean), [event_type === 0, event_type === 1, event_type === 2]);
  }
});

test('persons and auctions are numbered in order', () => {
  assert.deepEqual(
    persons.map(({ id }) => id),
    persons.map((_, index) => 1_000 + index),
  );
  assert.deepEqual(
    auctions.map(({ id }) => id),
    auctions.map((_, index) => 1_000 + index),
  );
});

test('fields of a person, an auction and a bid', () => {
  assert.deepEqual(Object.keys(persons[0]!).join(), 'id,name,email_address,credit_card,city,state,date_time,extra');
  assert.deepEqual(
    Object.keys(auctions[0]!).join(),
    'id,item_name,description,initial_bid,reserve,date_time,expires,seller,category,extra',
  );
  assert.deepEqual(Object.keys(bids[0]!).join(), 'auction,bidder,price,channel,url,date_time,extra');
  for (const { name, email_address, credit_card, state } of persons) {
    assert.match(String(name), /^[A-Z][a-z]+ [A-Z][a-z]+$/);
    assert.match(String(email_address), /^[a-z]{3,6}@[a-z]{3,4}\.com$/);
    assert.match(String(credit_card), /^\d{4} \d{4} \d{4} \d{4}$/);
    assert.match(String(state), /^(AZ|CA|ID|OR|WA|WY)$/);
  }
  for (const { item_name, description, initial_bid, reserve, ...auction } of auctions) {
    assert.match(String(item_name), /^[a-z]+( [a-z]+)*$/);
    assert.match(String(description), /^[a-z]+( [a-z]+)*$/);
    assert.ok(auction.category >= 10 && auction.category <= 14);
    assert.ok(auction.expires > auction.date_time && Number(reserve) > Number(initial_bid));
  }
});

test('a channel keeps its url, and nine in ten urls tell the channel', () => {
  const urls = new Map<string, string>();
  for (const { channel, url } of bids) {
    assert.equal(urls.get(channel) ?? url, url);
    urls.set(channel, url);
    assert.match(
      url,
      /^https:\/\/www\.nexmark\.com\/[a-z_]{3,4}\/[a-z_]{3,4}\/[a-z_]{3,4}\/item\.htm\?query=1(&channel_id=\d+)?$/,
    );
  }
  const others = bids.filter(({ channel }) => channel.startsWith('channel-'));
  near(others.length / bids.length, 0.5, 0.01);
  near(others.filter(({ url }) => url.includes('&channel_id=')).length / others.length, 0.9, 0.01);
  const hot = new Set(bids.map(({ channel }) => channel).filter((channel) => !channel.startsWith('channel-')));
  assert.deepEqual([...hot].sort(), ['Apple', 'Baidu', 'Facebook', 'Google']);
});

test('sizes come to the average that is asked for, as the original counts them', () => {
  const [personBytes, auctionBytes] = [persons, auctions].map((some) => mean(some.map(sizeOf)));
  near(personBytes!, 200, 4);
  near(auctionBytes!, 500, 10);
  near(mean(bids.map(({ extra }) => 32 + String(extra).length)), 100, 1);
  const small = eventsOf({ sizes: { person: 0, auction: 0, bid: 32 } }, 1_000);
  for (const { person, auction, bid } of small) assert.equal((person ?? auction ?? bid)?.extra, '');
});

test('a price is as likely in every magnitude', () => {
  for (let magnitude = 2; magnitude < 8; magnitude++) {
    const among = bids.filter(({ price }) => price >= 10 ** magnitude && price < 10 ** (magnitude + 1));
    near(among.length / bids.length, 1 / 6, 0.01);
  }
});

test('half of the bids are for the hot auction, three in four from the hot bidder, three in four auctions by the hot seller', () => {
  // Those that are drawn among all may be the hot one as well.
  near(
    share(bids, ({ auction }) => auction % 100 === 0),
    0.5 + 0.5 / 100,
    0.01,
  );
  near(
    share(bids, ({ bidder }) => bidder % 100 === 1),
    0.75 + 0.25 / 100,
    0.01,
  );
  near(
    share(auctions, ({ seller }) => seller % 100 === 0),
    0.75 + 0.25 / 100,
    0.02,
  );
});

test('without skew nothing is hot', () => {
  const even = eventsOf({ skew: { hotAuctions: 1, hotBidders: 1, hotSellers: 1 } }).flatMap(({ bid }) => bid ?? []);
  near(
    share(even, ({ auction }) => auction % 100 === 0),
    1 / 100,
    0.005,
  );
});

test('bids name auctions and people that are there, or will soon be', () => {
  let [person, auction] = [0, 0];
  for (const event of events) {
    person = event.person?.id ?? person;
    auction = event.auction?.id ?? auction;
    if (!event.bid) continue;
    assert.ok(event.bid.auction <= auction + 10 && event.bid.auction >= auction - 199);
    assert.ok(event.bid.bidder <= person + 10 && event.bid.bidder > person - 1_000);
  }
});

test('events are as far apart as the rate says, in order', () => {
  for (const [index, { date_time, person, auction, bid }] of events.entries()) {
    assert.equal(date_time, FIRST + Math.floor(index / 10));
    assert.equal((person ?? auction ?? bid)?.date_time, date_time);
  }
});

test('disorder moves a share of the event times back, by no more than it says, and changes nothing else', () => {
  const maxMs = 3_000;
  const late = eventsOf({ disorder: { maxMs, share: 0.25 } });
  const lags = late.map(({ date_time }, index) => events[index]!.date_time - date_time);
  assert.ok(lags.every((lag) => lag >= 0 && lag <= maxMs));
  const moved = lags.filter((lag) => lag > 0);
  near(moved.length / lags.length, 0.25, 0.01);
  near(mean(moved), maxMs / 2, maxMs / 50);
  const bidsOf = (some: Event[]) => some.map(({ bid }) => [bid?.auction, bid?.bidder, bid?.price, bid?.extra]);
  assert.deepEqual(bidsOf(late), bidsOf(events));
});

const sizeOf = (event: Record<string, unknown>) =>
  Object.values(event).reduce<number>((sum, value) => sum + (typeof value === 'number' ? 8 : String(value).length), -8);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = <T>(some: readonly T[], is: (one: T) => boolean) => some.filter(is).length / some.length;

function near(value: number, wanted: number, tolerance: number): void {
  assert.ok(Math.abs(value - wanted) <= tolerance, `${value} is not ${wanted} ± ${tolerance}`);
}
