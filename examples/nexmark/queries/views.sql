-- The three relations of NEXMark in one topic of events. date_time is the event time of the envelope, which is the
-- watermark's column; the same moment inside of an event is not read.

CREATE VIEW person AS
SELECT
  person.id AS id,
  person.name AS name,
  person.email_address AS email_address,
  person.credit_card AS credit_card,
  person.city AS city,
  person.state AS state,
  date_time,
  person.extra AS extra
FROM events
WHERE event_type = 0;

CREATE VIEW auction AS
SELECT
  auction.id AS id,
  auction.item_name AS item_name,
  auction.description AS description,
  auction.initial_bid AS initial_bid,
  auction.reserve AS reserve,
  date_time,
  make_timestamp_ms(auction.expires) AS expires,
  auction.seller AS seller,
  auction.category AS category,
  auction.extra AS extra
FROM events
WHERE event_type = 1;

CREATE VIEW bid AS
SELECT
  bid.auction AS auction,
  bid.bidder AS bidder,
  bid.price AS price,
  bid.channel AS channel,
  bid.url AS url,
  date_time,
  bid.extra AS extra
FROM events
WHERE event_type = 2;
