-- Webhooks that go out: where to, what goes there, and every try at it.

-- An endpoint follows booking_changes as a subscriber does: "cursor" is how far it has read. "sealedTarget" holds the URL and the
-- signing secrets, sealed for the owner; "address" is what of the URL may be shown. "failures" counts failed tries in a row.
CREATE TABLE webhook_endpoints (
  id                    uuid           NOT NULL,
  "userId"              uuid           NOT NULL,
  name                  varchar(100)   NOT NULL,
  address               varchar(300)   NOT NULL,
  "sealedTarget"        text           NOT NULL,
  "previousSecretUntil" timestamptz(3),
  document              text           NOT NULL,
  scopes                text[]         NOT NULL DEFAULT '{}',
  "followsEverybody"    boolean        NOT NULL,
  cursor                text           NOT NULL,
  "isActive"            boolean        NOT NULL DEFAULT true,
  "disabledAt"          timestamptz(3),
  "disabledReason"      varchar(20),
  failures              integer        NOT NULL DEFAULT 0,
  "failingSince"        timestamptz(3),
  "pausedUntil"         timestamptz(3),
  "warnedAt"            timestamptz(3),
  "lastDeliveredAt"     timestamptz(3),
  "createdAt"           timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"           timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
  CONSTRAINT "webhook_endpoints_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT webhook_endpoints_disabled_check CHECK (
    "isActive" = ("disabledAt" IS NULL) AND "isActive" = ("disabledReason" IS NULL)
    AND "disabledReason" IN ('requested', 'failing', 'gone', 'owner_inactive')
  )
);
CREATE INDEX idx_webhook_endpoints_user_id ON webhook_endpoints ("userId");

-- What is or was to be sent to an endpoint. The unique key makes a change one message, however often the log is read.
-- No body is kept: it is made anew for each try. "step" is how far its schedule of tries has come.
CREATE TABLE webhook_messages (
  id              uuid           NOT NULL,
  "endpointId"    uuid           NOT NULL,
  type            varchar(40)    NOT NULL,
  "ownerId"       uuid,
  "changeNumber"  bigint,
  "bookingId"     uuid,
  status          varchar(20)    NOT NULL DEFAULT 'pending',
  attempts        integer        NOT NULL DEFAULT 0,
  step            integer        NOT NULL DEFAULT 0,
  "nextAttemptAt" timestamptz(3),
  "happenedAt"    timestamptz(3) NOT NULL,
  "createdAt"     timestamptz(3) NOT NULL DEFAULT now(),
  "finishedAt"    timestamptz(3),
  CONSTRAINT webhook_messages_pkey PRIMARY KEY (id),
  CONSTRAINT "webhook_messages_endpointId_fkey" FOREIGN KEY ("endpointId") REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  CONSTRAINT webhook_messages_change_key UNIQUE ("endpointId", "ownerId", "changeNumber"),
  CONSTRAINT webhook_messages_status_check CHECK (status IN ('pending', 'delivered', 'filtered', 'failed', 'cancelled')),
  CONSTRAINT webhook_messages_pending_check CHECK ((status = 'pending') = ("finishedAt" IS NULL))
);
CREATE INDEX idx_webhook_messages_endpoint_id_created_at ON webhook_messages ("endpointId", "createdAt", id);
CREATE INDEX idx_webhook_messages_created_at ON webhook_messages ("createdAt");

-- One try: what the receiver answered, or the code of what went wrong. Never a body, of either side.
CREATE TABLE webhook_attempts (
  "messageId"  uuid           NOT NULL,
  number       integer        NOT NULL,
  "statusCode" integer,
  "errorCode"  varchar(40),
  "durationMs" integer        NOT NULL,
  "startedAt"  timestamptz(3) NOT NULL,
  CONSTRAINT webhook_attempts_pkey PRIMARY KEY ("messageId", number),
  CONSTRAINT "webhook_attempts_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES webhook_messages (id) ON DELETE CASCADE
);

CREATE FUNCTION public.hold_key_of_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."sealedTarget");
  RETURN NEW;
END $$;
CREATE TRIGGER webhook_endpoints_hold_data_key BEFORE INSERT OR UPDATE OF "sealedTarget" ON webhook_endpoints
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_endpoint();
