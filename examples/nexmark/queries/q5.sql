-- Hot items: the auctions with most bids in the last 10 seconds, every 2 seconds; all of them where several have as many.
WITH counts AS (
  SELECT auction, window_start, window_end, count(*) AS num
  FROM hop(bid, date_time, INTERVAL '2 seconds', INTERVAL '10 seconds')
  GROUP BY auction, window_start, window_end
)
SELECT c.auction, c.num
FROM counts c
JOIN (SELECT window_start, window_end, max(num) AS num FROM counts GROUP BY window_start, window_end) most
  ON c.window_start = most.window_start AND c.window_end = most.window_end AND c.num >= most.num
