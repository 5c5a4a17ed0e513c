-- Average selling price by seller: over the winning bid of an auction and those of the ten auctions before it. The original
-- leaves open which of several equal bids wins and which of several bids at one moment comes first.
SELECT
  seller,
  avg(price) OVER (PARTITION BY seller ORDER BY date_time, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS avg_price
FROM (
  SELECT a.id, a.seller, b.price, b.date_time
  FROM auction a JOIN bid b ON a.id = b.auction AND b.date_time BETWEEN a.date_time AND a.expires
  QUALIFY row_number() OVER (PARTITION BY a.id, a.seller ORDER BY b.price DESC, b.date_time) = 1
)
