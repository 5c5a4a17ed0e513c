-- Processing time windows: bids of a user within 10 seconds of the clock, which is the time of the batch.
SELECT bidder, count(*) AS bid_count, window_start AS start_time, window_end AS end_time
FROM tumble((SELECT bidder, now()::TIMESTAMP AS processing_time FROM bid), processing_time, INTERVAL '10 seconds')
GROUP BY bidder, window_start, window_end
