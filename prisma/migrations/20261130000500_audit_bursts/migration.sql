-- Refusals that are folded in the audit log: at most one entry a minute for each source, with the number. A row is what one
-- source does: the entry as it is written, when it last was, and how many refusals came since. The log has the same
-- details, so nothing here is hidden. "count" is the number in the entry last written.
CREATE TABLE audit_bursts (
  key          text           NOT NULL,
  entry        jsonb          NOT NULL,
  "recordedAt" timestamptz(3) NOT NULL,
  pending      integer        NOT NULL DEFAULT 0,
  count        integer        NOT NULL,
  CONSTRAINT audit_bursts_pkey PRIMARY KEY (key),
  CONSTRAINT audit_bursts_key_check CHECK (key ~ '^[0-9a-f]{64}$'),
  CONSTRAINT audit_bursts_pending_check CHECK (pending >= 0),
  CONSTRAINT audit_bursts_count_check CHECK (count > 0)
);
