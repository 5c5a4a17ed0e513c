-- Last bid of every bidder for every auction, the highest of several at one moment.
SELECT auction, bidder, price, channel, url, date_time, extra
FROM bid
QUALIFY row_number() OVER (PARTITION BY bidder, auction ORDER BY date_time DESC, price DESC, channel, url, extra) = 1
