-- The ten highest bids of every auction with their ranks, the earlier of equal ones first.
SELECT
  *,
  row_number() OVER (PARTITION BY auction ORDER BY price DESC, date_time, bidder, channel, url, extra) AS rank_number
FROM bid
QUALIFY rank_number <= 10
