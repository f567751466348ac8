-- Written by the tests from schema.ts (npm run unit -- -u), for the primary of docker-compose.yml.
CREATE TABLE products (
     id integer PRIMARY KEY, tenant text NOT NULL, name text NOT NULL, price integer NOT NULL,
     version integer NOT NULL DEFAULT 1, deleted boolean NOT NULL DEFAULT false
   ) WITH (fillfactor = 50);
CREATE TABLE reviews (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, product integer NOT NULL,
     tenant text NOT NULL, stars smallint NOT NULL, text text NOT NULL
   );
CREATE INDEX reviews_by_product ON reviews (product, id);
CREATE TABLE heartbeat (one boolean PRIMARY KEY, at timestamptz NOT NULL) WITH (fillfactor = 10);
INSERT INTO heartbeat VALUES (true, clock_timestamp());
CREATE TABLE ledger (run text, row bigint, PRIMARY KEY (run, row));
CREATE TABLE epoch (one boolean PRIMARY KEY, value integer NOT NULL);
INSERT INTO epoch VALUES (true, 1);
INSERT INTO products (id, tenant, name, price)
     SELECT id, 'seed', 'product ' || id, 100 + id % 900
     FROM (SELECT generate_series(0, 4999) UNION ALL SELECT generate_series(100000, 100099)) AS keys (id);
VACUUM (FREEZE, ANALYZE) products;
SELECT pg_create_physical_replication_slot('eu_west_1');
SELECT pg_create_physical_replication_slot('ap_southeast_1');
-- us-east-1 is the primary.
