-- Which fields of the GraphQL schema an API token uses, so that its owner can see whether a deprecated one is among them.
-- Written once a day for each token and field.
CREATE TABLE api_token_field_uses (
  "tokenId"    uuid           NOT NULL,
  field        varchar(200)   NOT NULL,
  "lastUsedAt" timestamptz(3) NOT NULL,
  CONSTRAINT api_token_field_uses_pkey PRIMARY KEY ("tokenId", field),
  CONSTRAINT "api_token_field_uses_tokenId_fkey" FOREIGN KEY ("tokenId") REFERENCES api_tokens (id) ON DELETE CASCADE
);
