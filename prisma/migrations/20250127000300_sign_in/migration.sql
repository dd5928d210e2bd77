-- What limits guessing, what a mailed link is known by, and when a session was last used.

-- A bucket of attempts, of an account, an address or both together. The key is an HMAC of what it stands for, so that
-- neither address is in the table. "fullAt" is when the bucket will be full again; long past means that nothing is kept.
CREATE TABLE sign_in_attempts (
  key            text           NOT NULL,
  "fullAt"       timestamptz(3) NOT NULL,
  "trustedUntil" timestamptz(3),
  CONSTRAINT sign_in_attempts_pkey PRIMARY KEY (key),
  CONSTRAINT sign_in_attempts_key_check CHECK (key ~ '^[0-9a-f]{64}$')
);

-- A link that is mailed to somebody. "tokenHash" is the SHA-256 (hex) of the token in it, null until it is mailed; the CHECK
-- keeps the token itself from ever being stored by mistake. Used once: "usedAt" is set by the use, or by what made it void.
CREATE TABLE mail_links (
  id          uuid           NOT NULL,
  "userId"    uuid           NOT NULL,
  purpose     varchar(20)    NOT NULL,
  "tokenHash" text,
  "expiresAt" timestamptz(3) NOT NULL,
  "usedAt"    timestamptz(3),
  "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT mail_links_pkey PRIMARY KEY (id),
  CONSTRAINT "mail_links_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT "mail_links_tokenHash_key" UNIQUE ("tokenHash"),
  CONSTRAINT "mail_links_tokenHash_check" CHECK ("tokenHash" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT mail_links_purpose_check CHECK (purpose IN ('invitation', 'password_reset'))
);
CREATE INDEX idx_mail_links_user_id ON mail_links ("userId");

-- Kept to some minutes, so that most requests write nothing.
ALTER TABLE sessions ADD COLUMN "lastUsedAt" timestamptz(3);
