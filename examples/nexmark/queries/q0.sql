-- Pass through: what reading, parsing and writing cost.
SELECT auction, bidder, price, date_time, extra
FROM bid
