-- When the password of a session was last checked: some changes need a check within the last ten minutes. Null: not since
-- the upgrade, or the session was begun without a password.
ALTER TABLE sessions ADD COLUMN "passwordCheckedAt" timestamptz(3);
