-- Local item suggestion: who in three states sells in category 10? Persons and auctions wait for each other without end.
SELECT p.name, p.city, p.state, a.id
FROM auction a JOIN person p ON a.seller = p.id
WHERE a.category = 10 AND p.state IN ('OR', 'ID', 'CA')
