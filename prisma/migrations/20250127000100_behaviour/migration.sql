-- What the tables do by themselves. Names are qualified, so that no caller's search_path can put another table in their place.

-- "updatedAt" follows every change, unless the writer sets it itself (a test's clock does).
CREATE FUNCTION public.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."updatedAt" IS NOT DISTINCT FROM OLD."updatedAt" THEN
    NEW."updatedAt" := now();
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER bookings_set_updated_at BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER forms_set_updated_at BEFORE UPDATE ON forms FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER calendar_connections_set_updated_at BEFORE UPDATE ON calendar_connections
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER ai_configurations_set_updated_at BEFORE UPDATE ON ai_configurations
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER scheduling_policies_set_updated_at BEFORE UPDATE ON scheduling_policies
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER system_settings_set_updated_at BEFORE UPDATE ON system_settings
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();
CREATE TRIGGER user_credentials_set_updated_at BEFORE UPDATE ON user_credentials
  FOR EACH ROW EXECUTE FUNCTION public.set_updated_at();

-- booking_keys says what is unique about a booking across its partitions: its id, its Cal.com id and uid.
CREATE FUNCTION public.keep_booking_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'a booking keeps its id' USING ERRCODE = 'restrict_violation', TABLE = 'bookings', COLUMN = 'id';
  END IF;

  -- Locks the key's row even when nothing differs: two writers of one booking wait for each other here.
  INSERT INTO public.booking_keys AS kept (id, "calBookingId", "calBookingUid", "startTime", "threadId")
  VALUES (NEW.id, NEW."calBookingId", NEW."calBookingUid", NEW."startTime", NEW.id)
  ON CONFLICT (id) DO UPDATE
  SET "calBookingId" = EXCLUDED."calBookingId", "calBookingUid" = EXCLUDED."calBookingUid", "startTime" = EXCLUDED."startTime"
  WHERE (kept."calBookingId", kept."calBookingUid", kept."startTime")
    IS DISTINCT FROM (EXCLUDED."calBookingId", EXCLUDED."calBookingUid", EXCLUDED."startTime");

  -- A move to another month is a DELETE and an INSERT, and at its INSERT the old row is already gone. Whoever is still
  -- there is another booking of the same id, which no unique index across partitions could refuse.
  IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM public.bookings WHERE id = NEW.id) THEN
    RAISE EXCEPTION 'duplicate key value violates unique constraint "booking_keys_pkey"'
      USING ERRCODE = 'unique_violation', TABLE = 'booking_keys', CONSTRAINT = 'booking_keys_pkey',
            DETAIL = format('Key (id)=(%s) already exists.', NEW.id);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER bookings_keep_key BEFORE INSERT OR UPDATE ON bookings
  FOR EACH ROW EXECUTE FUNCTION public.keep_booking_key();

-- A booking is deleted by its key, which takes its answers and summaries along. Deferred, because a move between months
-- deletes the row too, and puts it back.
CREATE FUNCTION public.refuse_keyless_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM public.booking_keys WHERE id = OLD.id)
    AND NOT EXISTS (SELECT FROM public.bookings WHERE id = OLD.id) THEN
    RAISE EXCEPTION 'booking % is deleted by its key in booking_keys', OLD.id
      USING ERRCODE = 'restrict_violation', TABLE = 'bookings', CONSTRAINT = 'bookings_deleted_by_key';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER bookings_deleted_by_key AFTER DELETE ON bookings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.refuse_keyless_delete();

-- The audit log is insert-only. There is no exception to it in any of these functions: retention drops whole partitions,
-- and make_partitions moves rows by detaching, not by deleting.
CREATE FUNCTION public.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_logs is insert-only: % refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_insert_only';
END $$;

-- Row triggers reach every partition, also future ones; ALWAYS, so that session_replication_role does not switch them off.
CREATE TRIGGER audit_logs_insert_only BEFORE UPDATE OR DELETE ON audit_logs
  FOR EACH ROW EXECUTE FUNCTION public.refuse_audit_change();
ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_insert_only;

-- TRUNCATE triggers are not inherited: guard_audit_partition puts one on each partition.
CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON audit_logs
  FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change();
ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER audit_logs_no_truncate;

CREATE FUNCTION public.guard_audit_partition(partition_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER audit_logs_no_truncate BEFORE TRUNCATE ON public.%I
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_audit_change()', partition_name);
  EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER audit_logs_no_truncate', partition_name);
END $$;

SELECT public.guard_audit_partition('audit_logs_default');

-- Appends to the log behind bookingChanged and returns the number, which starts at 1 for each owner and has no gaps.
-- The lock, held until commit, makes the order of numbers and the order of commits the same.
CREATE FUNCTION public.append_booking_change(owner uuid, booking uuid, kind text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  appended bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('booking_changes:' || owner, 0));
  -- A statement of its own: its snapshot is taken after the lock, so it sees the last number committed.
  INSERT INTO public.booking_changes AS log ("ownerId", number, "bookingId", kind)
  SELECT owner, coalesce(max(last.number), 0) + 1, booking, append_booking_change.kind
  FROM public.booking_changes AS last
  WHERE last."ownerId" = owner
  RETURNING log.number INTO appended;
  PERFORM pg_notify('booking_changes',
    json_build_object('ownerId', owner, 'number', appended, 'bookingId', booking)::text);
  RETURN appended;
END $$;

-- The newest number of an owner outlives every purge, or their numbers would start again at 1 and old cursors would lie.
CREATE FUNCTION public.keep_newest_booking_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM public.booking_changes WHERE "ownerId" = OLD."ownerId" AND number > OLD.number) THEN
    RETURN OLD;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER booking_changes_keep_newest BEFORE DELETE ON booking_changes
  FOR EACH ROW EXECUTE FUNCTION public.keep_newest_booking_change();

-- Months are those of UTC; a partition is named after its month: bookings_y2025m01.
CREATE FUNCTION public.month_partition_name(parent text, month timestamp) RETURNS text
  LANGUAGE sql IMMUTABLE RETURN parent || to_char(month, '"_y"YYYY"m"MM');

-- The months a table still needs a partition for: this one, those ahead, and each that DEFAULT holds rows of. A name that
-- is taken is either the partition itself or one that retention detached; neither is made again.
CREATE FUNCTION public.missing_months(parent text, by_column text, months_ahead int) RETURNS timestamp[]
  LANGUAGE plpgsql AS $$
DECLARE
  this_month timestamp := date_trunc('month', now() AT TIME ZONE 'UTC');
  missing timestamp[];
BEGIN
  EXECUTE format($query$
    SELECT coalesce(array_agg(wanted.month ORDER BY wanted.month), '{}')
    FROM (
      SELECT generate_series($1, $1 + make_interval(months => $2), interval '1 month') AS month
      UNION
      SELECT date_trunc('month', %I AT TIME ZONE 'UTC') FROM public.%I
    ) AS wanted
    WHERE to_regclass(format('public.%%I', public.month_partition_name($3, wanted.month))) IS NULL
  $query$, by_column, parent || '_default') INTO missing USING this_month, months_ahead, parent;
  RETURN missing;
END $$;

CREATE FUNCTION public.make_partition(parent text, partition_name text, bounds text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I %s', partition_name, parent, bounds);
  IF parent = 'audit_logs' THEN
    PERFORM public.guard_audit_partition(partition_name);
  END IF;
END $$;

-- Makes one table's missing months and returns their names.
CREATE FUNCTION public.make_partitions_of(parent text, by_column text, months_ahead int) RETURNS text[]
  LANGUAGE plpgsql AS $$
DECLARE
  fallen text := parent || '_fallen';
  has_fallen boolean;
  made_months timestamp[];
  month timestamp;
BEGIN
  IF public.missing_months(parent, by_column, months_ahead) = '{}' THEN
    RETURN '{}';
  END IF;

  -- From here on nothing falls into DEFAULT any more, so what is read next stays true.
  EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', parent);
  EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', parent || '_default') INTO has_fallen;
  made_months := public.missing_months(parent, by_column, months_ahead);

  -- PostgreSQL makes no partition whose rows stand in DEFAULT. So DEFAULT is set aside whole and its rows go in again:
  -- not by DELETE, which the audit log refuses to everybody, this function included.
  IF has_fallen THEN
    EXECUTE format('ALTER TABLE public.%I DETACH PARTITION public.%I', parent, parent || '_default');
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', parent || '_default', fallen);
    PERFORM public.make_partition(parent, parent || '_default', 'DEFAULT');
  END IF;

  FOREACH month IN ARRAY made_months LOOP
    PERFORM public.make_partition(parent, public.month_partition_name(parent, month), format(
      'FOR VALUES FROM (%L) TO (%L)', month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'));
  END LOOP;

  IF has_fallen THEN
    EXECUTE format('INSERT INTO public.%I SELECT * FROM public.%I', parent, fallen);
    EXECUTE format('DROP TABLE public.%I', fallen);
  END IF;
  RETURN ARRAY(SELECT public.month_partition_name(parent, made) FROM unnest(made_months) AS made);
END $$;

-- Makes the partitions of this month and of months_ahead more for bookings, context_summaries and audit_logs, gives each
-- row that fell into DEFAULT the partition of its month, and returns the names of the partitions made.
-- Calls at the same time wait for each other. For tables in use it waits less than deadlock_timeout, so that it is
-- always this function that gives way (lock_not_available) and never a booking; its caller tries again.
CREATE FUNCTION public.make_partitions(months_ahead int) RETURNS text[]
  LANGUAGE plpgsql SET lock_timeout = 0 AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('make_partitions', 0));
  PERFORM set_config('lock_timeout', '400ms', true);
  RETURN public.make_partitions_of('bookings', 'startTime', months_ahead)
    || public.make_partitions_of('context_summaries', 'createdAt', months_ahead)
    || public.make_partitions_of('audit_logs', 'createdAt', months_ahead);
END $$;

SELECT public.make_partitions(3);
