-- What each pastor calls an event type of Cal.com's. The first texts seen that name nobody stand until the pastor changes
-- them: a later payload never does, because anybody's words may come in one.
CREATE TABLE event_types (
  id            uuid           PRIMARY KEY,
  "userId"      uuid           NOT NULL REFERENCES users (id),
  "eventTypeId" integer        NOT NULL,
  title         varchar(255),
  slug          varchar(100)   CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  description   text           CHECK (length(description) <= 2000),
  -- The pastor chose the title.
  "isRenamed"   boolean        NOT NULL DEFAULT false,
  "createdAt"   timestamptz(3) NOT NULL DEFAULT now(),
  "updatedAt"   timestamptz(3) NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX idx_event_types_user_id_event_type_id ON event_types ("userId", "eventTypeId");

-- Bookings whose plaintext columns have to be made anew from their encrypted record: a job takes them from here.
CREATE TABLE stale_bookings (
  "bookingId" uuid PRIMARY KEY REFERENCES booking_keys (id) ON DELETE CASCADE
);

-- All that were written before these rules.
INSERT INTO stale_bookings SELECT id FROM booking_keys;

-- What a delivery's plaintext columns may hold: a trigger of Cal.com's, and an organizer in the form of a name of Cal.com's.
UPDATE webhook_deliveries SET trigger = 'UNKNOWN' WHERE trigger NOT IN (
  'BOOKING_PAYMENT_INITIATED', 'BOOKING_REQUESTED', 'BOOKING_CREATED', 'BOOKING_RESCHEDULED', 'BOOKING_LOCATION_UPDATED',
  'BOOKING_REASSIGNED', 'BOOKING_PAID', 'BOOKING_REJECTED', 'BOOKING_CANCELLED', 'MEETING_STARTED', 'MEETING_ENDED',
  'BOOKING_NO_SHOW_UPDATED', 'PING', 'UNREADABLE', 'RECORDING_READY', 'RECORDING_TRANSCRIPTION_GENERATED',
  'INSTANT_MEETING', 'INSTANT_MEETING_ACCEPTED', 'OOO_CREATED', 'FORM_SUBMITTED', 'FORM_SUBMITTED_NO_EVENT',
  'ROUTING_FORM_FALLBACK_HIT', 'AFTER_HOSTS_CAL_VIDEO_NO_SHOW', 'AFTER_GUESTS_CAL_VIDEO_NO_SHOW',
  'DELEGATION_CREDENTIAL_ERROR', 'DELEGATION_CREDENTIAL_SECRET_ROTATED',
  'DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED', 'DELEGATION_CREDENTIAL_ROTATION_REQUIRED', 'WRONG_ASSIGNMENT_REPORT'
);
UPDATE webhook_deliveries SET organizer = NULL
WHERE organizer !~* '^[a-z0-9][a-z0-9._-]{0,63}$' AND organizer !~ '^[^[:space:]@]+@[^[:space:]@]+\.[^[:space:]@]+$';
