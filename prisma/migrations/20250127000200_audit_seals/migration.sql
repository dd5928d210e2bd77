-- What audit:verify and the pages of the audit log need.

-- One entry for each row of the stretch: its time, its id, its digest. "rowsDigest" is their SHA-256, so they are under the
-- seal. Null once retention has dropped the rows: a digest left behind would still confirm a guess at what they said.
ALTER TABLE audit_seals ADD COLUMN leaves bytea;

-- Seals must stay verifiable for as long as the log is kept, so their key is never destroyed.
ALTER TABLE data_keys ADD COLUMN purpose varchar(16) NOT NULL DEFAULT 'seal';
ALTER TABLE data_keys ADD CONSTRAINT data_keys_purpose_check
  CHECK (purpose = 'seal' OR (purpose = 'audit' AND "destroyedAt" IS NULL));

-- The further orders in which the log is read page by page: one kind of action, and what one person did of it.
CREATE INDEX idx_audit_logs_action_created_at ON audit_logs (action, "createdAt" DESC, id DESC);
CREATE INDEX idx_audit_logs_user_id_action_created_at ON audit_logs ("userId", action, "createdAt" DESC, id DESC);
