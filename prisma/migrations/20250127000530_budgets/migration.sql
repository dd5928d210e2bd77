-- What each caller has left to spend. As with sign_in_attempts the key is an HMAC, so that nobody's address is in the
-- table, and "fullAt" is when the bucket will be full again. UNLOGGED: after a crash everybody begins with a full one,
-- and until then no lease waits for a disk.
CREATE UNLOGGED TABLE api_budgets (
  key      text           NOT NULL,
  "fullAt" timestamptz(3) NOT NULL,
  CONSTRAINT api_budgets_pkey PRIMARY KEY (key),
  CONSTRAINT api_budgets_key_check CHECK (key ~ '^[0-9a-f]{64}$')
);
