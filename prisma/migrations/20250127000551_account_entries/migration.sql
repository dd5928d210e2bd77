-- What was done to an account, newest first: for the one whose account it is. Entries about anything else aren't in it.
CREATE INDEX idx_audit_logs_account_created_at ON audit_logs ("resourceId", "createdAt" DESC, id DESC) WHERE resource = 'user';
