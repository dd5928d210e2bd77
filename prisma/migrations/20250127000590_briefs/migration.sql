-- What a pastor allows a provider to see, one active configuration a scope, and what pastors thought of a brief.

ALTER TABLE ai_configurations
  ADD CONSTRAINT ai_configurations_bounds_check
  CHECK ("maxTokens" <= 32000 AND temperature <= 2 AND "retentionDays" BETWEEN 1 AND 3650);

-- Which pastor lets their bookings of High sensitivity go by which configuration; without a row, none go.
CREATE TABLE ai_consents (
  "configurationId" uuid           NOT NULL,
  "userId"          uuid           NOT NULL,
  "createdAt"       timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT ai_consents_pkey PRIMARY KEY ("configurationId", "userId"),
  CONSTRAINT "ai_consents_configurationId_fkey"
    FOREIGN KEY ("configurationId") REFERENCES ai_configurations (id) ON DELETE CASCADE,
  CONSTRAINT "ai_consents_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id)
);
CREATE INDEX idx_ai_consents_user_id ON ai_consents ("userId");

-- The church's own scope is the one without a user.
CREATE UNIQUE INDEX ai_configurations_active_key ON ai_configurations ("userId") NULLS NOT DISTINCT WHERE "isActive";

CREATE TYPE "SummaryVerdict" AS ENUM ('useful', 'wrong');

-- No word of the brief or of the pastor: only how it was written, so that it outlives the brief.
CREATE TABLE summary_feedback (
  "summaryId" uuid             NOT NULL,
  "bookingId" uuid             NOT NULL,
  "userId"    uuid             NOT NULL,
  verdict     "SummaryVerdict" NOT NULL,
  method      varchar(20)      NOT NULL,
  provider    "AiProvider",
  model       varchar(100),
  "createdAt" timestamptz(3)   NOT NULL DEFAULT now(),
  CONSTRAINT summary_feedback_pkey PRIMARY KEY ("summaryId"),
  CONSTRAINT "summary_feedback_bookingId_fkey" FOREIGN KEY ("bookingId") REFERENCES booking_keys (id) ON DELETE CASCADE,
  CONSTRAINT "summary_feedback_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id)
);
CREATE INDEX idx_summary_feedback_booking_id ON summary_feedback ("bookingId");
CREATE INDEX idx_summary_feedback_user_id ON summary_feedback ("userId");

