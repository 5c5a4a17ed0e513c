-- User sessions: bids of a user without a pause of 10 seconds.
SELECT bidder, count(*) AS bid_count, window_start AS start_time, window_end AS end_time
FROM session(bid, date_time, INTERVAL '10 seconds', bidder)
GROUP BY bidder, window_start, window_end
