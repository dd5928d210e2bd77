-- What others, or the system, did to somebody's sessions, tokens and endpoints, newest first: for the one whose they are.
CREATE INDEX idx_audit_logs_subject_created_at ON audit_logs ((metadata ->> 'subjectUserId'), "createdAt" DESC, id DESC)
  WHERE metadata ->> 'subjectUserId' IS NOT NULL;
