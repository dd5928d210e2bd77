-- An API token that nobody remembers should end by itself: there is none without an end. No version before this one made any.
UPDATE api_tokens SET "expiresAt" = "createdAt" WHERE "expiresAt" IS NULL;
ALTER TABLE api_tokens ALTER COLUMN "expiresAt" SET NOT NULL;
ALTER TABLE api_tokens ADD CONSTRAINT "api_tokens_scopes_check" CHECK (cardinality(scopes) > 0);
