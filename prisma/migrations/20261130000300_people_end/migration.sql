-- Bookings that still hold something of people, so that retention finds them without reading those it has emptied.
-- The predicate is that of server/src/features/bookings/retention/retention.reads.ts, word for word.
CREATE INDEX idx_bookings_people_start_time ON bookings ("startTime") WHERE (
  num_nonnulls("encryptedIntakeData", attendees, "attendeeEmails", "attendeeNames", description, "redactedDescription",
    location, "timeZone", "providerIds") > 0
  OR title <> COALESCE("eventTypeTitle", 'Appointment')
  OR CASE WHEN jsonb_typeof(metadata) = 'object'
    THEN metadata - '{attendeeCount,hasIntake,isSeated,hasStarted,pastorSensitivity,pastorAnonymous,hostId,newestEvent}'::text[]
      <> '{}'::jsonb
    ELSE metadata IS NOT NULL END
);
