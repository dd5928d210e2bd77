-- One policy in force per pastor, whoever writes it and however many at once.
CREATE UNIQUE INDEX idx_scheduling_policies_active_user_id ON scheduling_policies ("userId") WHERE "isActive";

-- What the API lets in (features/policies/model.ts), held where nobody gets past it. A check passes what it can't
-- decide, so each one asks IS TRUE of what may be missing.
CREATE FUNCTION public.is_clock_range(hours jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT (
    jsonb_typeof(hours) = 'object'
    AND hours ->> 'start' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
    AND hours ->> 'end' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'
    AND hours ->> 'start' <> hours ->> 'end'
    AND length(hours ->> 'timezone') BETWEEN 1 AND 64
    AND jsonb_typeof(hours -> 'enabled') = 'boolean'
  ) IS TRUE
$$;

ALTER TABLE scheduling_policies
  ADD CONSTRAINT scheduling_policies_ranges_check CHECK (
    "maxMeetingsPerDay" BETWEEN 0 AND 100
    AND "maxMeetingsPerWeek" BETWEEN 0 AND 500
    AND "bufferTimeMinutes" BETWEEN 0 AND 480
  ),
  ADD CONSTRAINT scheduling_policies_quiet_hours_check CHECK (
    "quietHours" IS NULL OR public.is_clock_range("quietHours")
  ),
  ADD CONSTRAINT scheduling_policies_working_hours_check CHECK (
    "workingHours" IS NULL OR (
      public.is_clock_range("workingHours")
      AND "workingHours" ->> 'start' < "workingHours" ->> 'end'
      AND jsonb_typeof("workingHours" -> 'days') = 'array'
      AND jsonb_array_length("workingHours" -> 'days') BETWEEN 1 AND 7
      AND "workingHours" -> 'days' <@ '["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]'::jsonb
    ) IS TRUE
  );

-- Jobs of one status, newest first; deliveries, newest first; what was answered to one form, newest first.
CREATE INDEX idx_worker_jobs_status_created_at ON worker_jobs (status, "createdAt", id);
CREATE INDEX idx_webhook_deliveries_received_at ON webhook_deliveries ("receivedAt", id);
CREATE INDEX idx_form_responses_form_id_created_at ON form_responses ("formId", "createdAt", id);

-- Tells which jobs a statement has touched, when it commits. A notice holds 8,000 bytes at most: 100 ids are 3,700.
CREATE FUNCTION public.tell_of_worker_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('worker_jobs', string_agg(id::text, ','))
  FROM (SELECT id, (row_number() OVER () - 1) / 100 AS part FROM touched) AS numbered
  GROUP BY part;
  RETURN NULL;
END $$;

CREATE TRIGGER worker_jobs_tell_of_new AFTER INSERT ON worker_jobs
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION public.tell_of_worker_jobs();
CREATE TRIGGER worker_jobs_tell_of_changed AFTER UPDATE ON worker_jobs
  REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION public.tell_of_worker_jobs();
