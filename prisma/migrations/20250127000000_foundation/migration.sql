-- Every table of docs/schema.md under its own name, and what design.md adds to it.
-- Prisma runs this file in one transaction (server/src/platform/database/migrate.ts): it stands whole, or not at all.

CREATE TYPE "Role" AS ENUM ('pastor', 'admin');
CREATE TYPE "Sensitivity" AS ENUM ('High', 'Medium', 'Low');
CREATE TYPE "BookingStatus" AS ENUM ('pending', 'confirmed', 'rejected', 'cancelled', 'rescheduled', 'completed', 'no_show');
CREATE TYPE "CalendarProvider" AS ENUM ('google', 'microsoft', 'apple');
CREATE TYPE "AiProvider" AS ENUM ('openai', 'anthropic', 'local');
CREATE TYPE "JobType" AS ENUM ('generate-summary', 'send-reminder', 'jit-validate', 'purge-sensitive');
CREATE TYPE "JobStatus" AS ENUM ('pending', 'processing', 'completed', 'failed');

CREATE TABLE users (
  id                   uuid           NOT NULL,
  email                varchar(255)   NOT NULL,
  name                 varchar(255)   NOT NULL,
  "churchName"         varchar(255)   NOT NULL,
  bio                  text,
  role                 "Role"         NOT NULL,
  "calUserId"          varchar(255)   NOT NULL,
  "schedulingUsername" varchar(255)   NOT NULL,
  "schedulingLink"     varchar(500)   NOT NULL,
  "isActive"           boolean        NOT NULL DEFAULT true,
  "lastLoginAt"        timestamptz(3),
  "createdAt"          timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"          timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT users_pkey PRIMARY KEY (id),
  CONSTRAINT users_email_key UNIQUE (email),
  CONSTRAINT "users_calUserId_key" UNIQUE ("calUserId"),
  CONSTRAINT "users_schedulingUsername_key" UNIQUE ("schedulingUsername")
);
CREATE INDEX idx_users_email ON users (email);
CREATE INDEX idx_users_cal_user_id ON users ("calUserId");
CREATE INDEX idx_users_scheduling_username ON users ("schedulingUsername");

-- What is unique about a booking, outside its partitions. Kept by bookings_keep_key.
CREATE TABLE booking_keys (
  id                   uuid           NOT NULL,
  "calBookingId"       integer        NOT NULL,
  "calBookingUid"      varchar(255),
  "startTime"          timestamptz(3) NOT NULL,
  "threadId"           uuid           NOT NULL,
  "iCalUid"            varchar(255),
  "rescheduledFromUid" varchar(255),
  CONSTRAINT booking_keys_pkey PRIMARY KEY (id),
  CONSTRAINT "booking_keys_calBookingId_key" UNIQUE ("calBookingId"),
  CONSTRAINT "booking_keys_calBookingUid_key" UNIQUE ("calBookingUid")
);
CREATE INDEX idx_booking_keys_thread_id ON booking_keys ("threadId");
CREATE INDEX idx_booking_keys_ical_uid ON booking_keys ("iCalUid");
CREATE INDEX idx_booking_keys_rescheduled_from_uid ON booking_keys ("rescheduledFromUid");

CREATE TABLE bookings (
  id                    uuid            NOT NULL,
  "calBookingId"        integer         NOT NULL,
  "calBookingUid"       varchar(255),
  "userId"              uuid            NOT NULL,
  "eventTypeId"         integer         NOT NULL,
  "eventTypeTitle"      varchar(255),
  "eventTypeSlug"       varchar(255),
  title                 varchar(255)    NOT NULL,
  description           text,
  "startTime"           timestamptz(3)  NOT NULL,
  "endTime"             timestamptz(3)  NOT NULL,
  "timeZone"            varchar(50),
  duration              integer         NOT NULL,
  location              varchar(500),
  attendees             jsonb,
  "attendeeEmails"      jsonb,
  "attendeeNames"       jsonb,
  sensitivity           "Sensitivity"   NOT NULL DEFAULT 'Medium',
  "isAnonymous"         boolean         NOT NULL DEFAULT false,
  "providerIds"         jsonb,
  "encryptedIntakeData" text,
  "redactedDescription" text,
  metadata              jsonb,
  status                "BookingStatus" NOT NULL DEFAULT 'pending',
  "createdAt"           timestamptz(3)  NOT NULL DEFAULT now(),
  "updatedAt"           timestamptz(3)  NOT NULL DEFAULT now(),
  CONSTRAINT bookings_pkey PRIMARY KEY (id, "startTime"),
  CONSTRAINT bookings_id_fkey FOREIGN KEY (id) REFERENCES booking_keys (id) ON DELETE CASCADE,
  CONSTRAINT "bookings_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id),
  CONSTRAINT bookings_duration_check CHECK (duration >= 0),
  CONSTRAINT bookings_times_check CHECK (isfinite("startTime") AND isfinite("endTime") AND "endTime" >= "startTime")
) PARTITION BY RANGE ("startTime");
CREATE TABLE bookings_default PARTITION OF bookings DEFAULT;
CREATE INDEX idx_bookings_user_id ON bookings ("userId");
CREATE INDEX idx_bookings_cal_booking_id ON bookings ("calBookingId");
CREATE INDEX idx_bookings_start_time ON bookings ("startTime");
CREATE INDEX idx_bookings_status ON bookings (status);
CREATE INDEX idx_bookings_sensitivity ON bookings (sensitivity);
-- The dashboard: one pastor's weeks in order, page by page, and the count per status without touching the table.
CREATE INDEX idx_bookings_user_id_start_time ON bookings ("userId", "startTime", id) INCLUDE (status, sensitivity, "endTime");

CREATE TABLE forms (
  id                 uuid           NOT NULL,
  "userId"           uuid           NOT NULL,
  name               varchar(255)   NOT NULL,
  description        text,
  "eventTypeId"      integer        NOT NULL,
  "isActive"         boolean        NOT NULL DEFAULT true,
  schema             jsonb          NOT NULL,
  "conditionalLogic" jsonb,
  "createdAt"        timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"        timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT forms_pkey PRIMARY KEY (id),
  CONSTRAINT "forms_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id)
);
CREATE INDEX idx_forms_user_id ON forms ("userId");
CREATE INDEX idx_forms_event_type_id ON forms ("eventTypeId");
CREATE INDEX idx_forms_is_active ON forms ("isActive");
-- The form in force for an arriving booking.
CREATE INDEX idx_forms_active_user_id_event_type_id ON forms ("userId", "eventTypeId") WHERE "isActive";

CREATE TABLE form_responses (
  id              uuid           NOT NULL,
  "formId"        uuid           NOT NULL,
  "bookingId"     uuid           NOT NULL,
  "encryptedData" text           NOT NULL,
  metadata        jsonb,
  "redactedData"  jsonb,
  "createdAt"     timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT form_responses_pkey PRIMARY KEY (id),
  CONSTRAINT "form_responses_formId_fkey" FOREIGN KEY ("formId") REFERENCES forms (id),
  CONSTRAINT "form_responses_bookingId_fkey" FOREIGN KEY ("bookingId") REFERENCES booking_keys (id) ON DELETE CASCADE
);
CREATE INDEX idx_form_responses_form_id ON form_responses ("formId");
CREATE INDEX idx_form_responses_booking_id ON form_responses ("bookingId");
CREATE INDEX idx_form_responses_created_at ON form_responses ("createdAt");

CREATE TABLE context_summaries (
  id                 uuid           NOT NULL,
  "bookingId"        uuid           NOT NULL,
  "encryptedSummary" text           NOT NULL,
  metadata           jsonb          NOT NULL,
  "expiresAt"        timestamptz(3),
  "createdAt"        timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT context_summaries_pkey PRIMARY KEY (id, "createdAt"),
  CONSTRAINT "context_summaries_bookingId_fkey" FOREIGN KEY ("bookingId") REFERENCES booking_keys (id) ON DELETE CASCADE,
  CONSTRAINT context_summaries_created_at_check CHECK (isfinite("createdAt"))
) PARTITION BY RANGE ("createdAt");
CREATE TABLE context_summaries_default PARTITION OF context_summaries DEFAULT;
CREATE INDEX idx_context_summaries_booking_id ON context_summaries ("bookingId");
CREATE INDEX idx_context_summaries_expires_at ON context_summaries ("expiresAt");
-- Which summaries were made how, for which topic: {"method": "rule-based"}.
CREATE INDEX idx_context_summaries_metadata ON context_summaries USING gin (metadata jsonb_path_ops);

CREATE TABLE audit_logs (
  id           uuid           NOT NULL,
  "userId"     uuid,
  "bookingId"  uuid,
  action       varchar(100)   NOT NULL,
  resource     varchar(100)   NOT NULL,
  "resourceId" varchar(255),
  "ipAddress"  inet,
  "userAgent"  text,
  metadata     jsonb,
  "createdAt"  timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT audit_logs_pkey PRIMARY KEY (id, "createdAt"),
  CONSTRAINT "audit_logs_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id),
  CONSTRAINT "audit_logs_bookingId_fkey" FOREIGN KEY ("bookingId") REFERENCES booking_keys (id),
  CONSTRAINT audit_logs_created_at_check CHECK (isfinite("createdAt"))
) PARTITION BY RANGE ("createdAt");
CREATE TABLE audit_logs_default PARTITION OF audit_logs DEFAULT;
CREATE INDEX idx_audit_logs_user_id ON audit_logs ("userId");
CREATE INDEX idx_audit_logs_booking_id ON audit_logs ("bookingId");
CREATE INDEX idx_audit_logs_action ON audit_logs (action);
CREATE INDEX idx_audit_logs_created_at ON audit_logs ("createdAt");
-- The three orders in which the log is read page by page: all of it, one person's, one booking's.
CREATE INDEX idx_audit_logs_created_at_id ON audit_logs ("createdAt" DESC, id DESC);
CREATE INDEX idx_audit_logs_user_id_created_at ON audit_logs ("userId", "createdAt" DESC, id DESC);
CREATE INDEX idx_audit_logs_booking_id_created_at ON audit_logs ("bookingId", "createdAt" DESC, id DESC);

CREATE TABLE calendar_connections (
  id               uuid               NOT NULL,
  "userId"         uuid               NOT NULL,
  provider         "CalendarProvider" NOT NULL,
  "providerUserId" varchar(255)       NOT NULL,
  "accessToken"    text               NOT NULL,
  "refreshToken"   text,
  "tokenExpiresAt" timestamptz(3),
  "isActive"       boolean            NOT NULL DEFAULT true,
  "lastSyncAt"     timestamptz(3),
  "createdAt"      timestamptz(3)     NOT NULL DEFAULT now(),
  "updatedAt"      timestamptz(3)     NOT NULL DEFAULT now(),
  CONSTRAINT calendar_connections_pkey PRIMARY KEY (id),
  CONSTRAINT "calendar_connections_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id)
);
CREATE INDEX idx_calendar_connections_user_id ON calendar_connections ("userId");
CREATE INDEX idx_calendar_connections_provider ON calendar_connections (provider);
CREATE INDEX idx_calendar_connections_is_active ON calendar_connections ("isActive");

CREATE TABLE ai_configurations (
  id               uuid           NOT NULL,
  "userId"         uuid,
  provider         "AiProvider"   NOT NULL,
  model            varchar(100)   NOT NULL,
  "maxTokens"      integer        NOT NULL DEFAULT 1000,
  temperature      decimal(3, 2)  NOT NULL DEFAULT 0.7,
  "promptTemplate" text           NOT NULL,
  "piiDetection"   boolean        NOT NULL DEFAULT true,
  "retentionDays"  integer        NOT NULL DEFAULT 90,
  "isActive"       boolean        NOT NULL DEFAULT true,
  "createdAt"      timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT ai_configurations_pkey PRIMARY KEY (id),
  CONSTRAINT "ai_configurations_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id),
  CONSTRAINT ai_configurations_numbers_check CHECK ("maxTokens" > 0 AND temperature >= 0 AND "retentionDays" >= 0)
);
CREATE INDEX idx_ai_configurations_user_id ON ai_configurations ("userId");
CREATE INDEX idx_ai_configurations_provider ON ai_configurations (provider);
CREATE INDEX idx_ai_configurations_is_active ON ai_configurations ("isActive");

CREATE TABLE scheduling_policies (
  id                   uuid           NOT NULL,
  "userId"             uuid           NOT NULL,
  "maxMeetingsPerDay"  integer        NOT NULL DEFAULT 8,
  "maxMeetingsPerWeek" integer        NOT NULL DEFAULT 40,
  "bufferTimeMinutes"  integer        NOT NULL DEFAULT 15,
  "quietHours"         jsonb,
  "workingHours"       jsonb,
  "isActive"           boolean        NOT NULL DEFAULT true,
  "createdAt"          timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"          timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT scheduling_policies_pkey PRIMARY KEY (id),
  CONSTRAINT "scheduling_policies_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id),
  CONSTRAINT scheduling_policies_numbers_check
    CHECK ("maxMeetingsPerDay" >= 0 AND "maxMeetingsPerWeek" >= 0 AND "bufferTimeMinutes" >= 0)
);
CREATE INDEX idx_scheduling_policies_user_id ON scheduling_policies ("userId");
CREATE INDEX idx_scheduling_policies_is_active ON scheduling_policies ("isActive");

CREATE TABLE worker_jobs (
  id             uuid           NOT NULL,
  "jobType"      "JobType"      NOT NULL,
  status         "JobStatus"    NOT NULL DEFAULT 'pending',
  payload        jsonb          NOT NULL,
  result         jsonb,
  error          text,
  attempts       integer        NOT NULL DEFAULT 0,
  "maxAttempts"  integer        NOT NULL DEFAULT 3,
  "scheduledFor" timestamptz(3),
  "startedAt"    timestamptz(3),
  "completedAt"  timestamptz(3),
  "createdAt"    timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT worker_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT worker_jobs_attempts_check CHECK (attempts >= 0 AND "maxAttempts" >= 0)
);
CREATE INDEX idx_worker_jobs_job_type ON worker_jobs ("jobType");
CREATE INDEX idx_worker_jobs_status ON worker_jobs (status);
CREATE INDEX idx_worker_jobs_scheduled_for ON worker_jobs ("scheduledFor");
CREATE INDEX idx_worker_jobs_created_at ON worker_jobs ("createdAt");
-- What waits, soonest first.
CREATE INDEX idx_worker_jobs_status_scheduled_for ON worker_jobs (status, "scheduledFor");

CREATE TABLE system_settings (
  id            uuid           NOT NULL,
  key           varchar(100)   NOT NULL,
  value         jsonb          NOT NULL,
  description   text,
  "isEncrypted" boolean        NOT NULL DEFAULT false,
  "updatedBy"   uuid,
  "createdAt"   timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"   timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT system_settings_pkey PRIMARY KEY (id),
  CONSTRAINT system_settings_key_key UNIQUE (key),
  CONSTRAINT "system_settings_updatedBy_fkey" FOREIGN KEY ("updatedBy") REFERENCES users (id)
);
CREATE INDEX idx_system_settings_key ON system_settings (key);
CREATE INDEX idx_system_settings_updated_by ON system_settings ("updatedBy");

-- sessions.id and api_tokens."tokenHash" are SHA-256 in hex. The CHECKs keep a raw token from ever being stored by mistake.
CREATE TABLE sessions (
  id          text           NOT NULL,
  "userId"    uuid           NOT NULL,
  "expiresAt" timestamptz(3) NOT NULL,
  "ipAddress" inet,
  "userAgent" text,
  "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT sessions_pkey PRIMARY KEY (id),
  CONSTRAINT "sessions_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT sessions_id_check CHECK (id ~ '^[0-9a-f]{64}$')
);
CREATE INDEX idx_sessions_user_id ON sessions ("userId");
CREATE INDEX idx_sessions_expires_at ON sessions ("expiresAt");

CREATE TABLE user_credentials (
  "userId"       uuid           NOT NULL,
  "passwordHash" text           NOT NULL,
  "createdAt"    timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"    timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT user_credentials_pkey PRIMARY KEY ("userId"),
  CONSTRAINT "user_credentials_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE api_tokens (
  id           uuid           NOT NULL,
  "userId"     uuid           NOT NULL,
  name         varchar(100)   NOT NULL,
  prefix       varchar(16)    NOT NULL,
  "tokenHash"  text           NOT NULL,
  scopes       text[]         NOT NULL DEFAULT '{}',
  "expiresAt"  timestamptz(3),
  "lastUsedAt" timestamptz(3),
  "revokedAt"  timestamptz(3),
  "createdAt"  timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
  CONSTRAINT "api_tokens_tokenHash_key" UNIQUE ("tokenHash"),
  CONSTRAINT "api_tokens_userId_fkey" FOREIGN KEY ("userId") REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT "api_tokens_tokenHash_check" CHECK ("tokenHash" ~ '^[0-9a-f]{64}$')
);
CREATE INDEX idx_api_tokens_user_id ON api_tokens ("userId");

CREATE TABLE data_keys (
  id            varchar(32)    NOT NULL,
  "wrappedKey"  text,
  "wrappedBy"   varchar(64)    NOT NULL,
  "createdAt"   timestamptz(3) NOT NULL DEFAULT now(),
  "retiredAt"   timestamptz(3),
  "destroyedAt" timestamptz(3),
  CONSTRAINT data_keys_pkey PRIMARY KEY (id),
  CONSTRAINT data_keys_destroyed_check CHECK (("wrappedKey" IS NULL) = ("destroyedAt" IS NOT NULL))
);

CREATE TABLE webhook_deliveries (
  id               uuid           NOT NULL,
  digest           text           NOT NULL,
  trigger          varchar(100)   NOT NULL,
  "calBookingUid"  varchar(255),
  organizer        varchar(255),
  "userId"         uuid,
  "bookingId"      uuid,
  outcome          varchar(40)    NOT NULL,
  "sealedBody"     text,
  "eventCreatedAt" timestamptz(3),
  "receivedAt"     timestamptz(3) NOT NULL DEFAULT now(),
  "appliedAt"      timestamptz(3),
  CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_deliveries_digest_key UNIQUE (digest),
  CONSTRAINT webhook_deliveries_digest_check CHECK (digest ~ '^[0-9a-f]{64}$'),
  CONSTRAINT webhook_deliveries_outcome_check CHECK (outcome IN (
    'received', 'applied', 'stale', 'unknown_trigger', 'unknown_organizer', 'waiting_for_booking', 'ping', 'unreadable'
  ))
);
CREATE INDEX idx_webhook_deliveries_cal_booking_uid ON webhook_deliveries ("calBookingUid");
CREATE INDEX idx_webhook_deliveries_outcome_received_at ON webhook_deliveries (outcome, "receivedAt");
CREATE INDEX idx_webhook_deliveries_user_id ON webhook_deliveries ("userId");
CREATE INDEX idx_webhook_deliveries_booking_id ON webhook_deliveries ("bookingId");

CREATE TABLE booking_changes (
  "ownerId"   uuid           NOT NULL,
  number      bigint         NOT NULL,
  "bookingId" uuid           NOT NULL,
  kind        varchar(40)    NOT NULL,
  "createdAt" timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT booking_changes_pkey PRIMARY KEY ("ownerId", number),
  CONSTRAINT booking_changes_number_check CHECK (number >= 1),
  CONSTRAINT booking_changes_kind_check
    CHECK (kind IN ('created', 'updated', 'rescheduled', 'cancelled', 'summary_ready', 'removed'))
);
CREATE INDEX idx_booking_changes_created_at ON booking_changes ("createdAt");

CREATE TABLE audit_seals (
  number           bigint         NOT NULL,
  "from"           timestamptz(3) NOT NULL,
  until            timestamptz(3) NOT NULL,
  "rowCount"       integer        NOT NULL,
  "rowsDigest"     text           NOT NULL,
  "previousDigest" text           NOT NULL,
  digest           text           NOT NULL,
  mac              text           NOT NULL,
  "keyId"          varchar(32)    NOT NULL,
  "createdAt"      timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT audit_seals_pkey PRIMARY KEY (number),
  CONSTRAINT audit_seals_stretch_check CHECK (number >= 1 AND "from" < until AND "rowCount" >= 0)
);
