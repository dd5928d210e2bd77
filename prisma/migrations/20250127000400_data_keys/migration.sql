-- What re-sealing, and the end of a data key, need of the database.

-- Sealing a value anew changes no word of it, so "updatedAt" stays. Only a transaction that says so is spared:
-- set_config('churchhub.keeps_updated_at', 'on', true).
CREATE OR REPLACE FUNCTION public.set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."updatedAt" IS NOT DISTINCT FROM OLD."updatedAt"
    AND coalesce(current_setting('churchhub.keeps_updated_at', true), '') <> 'on' THEN
    NEW."updatedAt" := now();
  END IF;
  RETURN NEW;
END $$;

-- Whoever writes a sealed value holds its data key until commit. Destroying a key takes the same lock alone, so no key dies
-- between the count of its values and a commit that the count could not see.
-- A value whose key is dead already could be read by nobody: the program's own sessions are refused it, which makes a node
-- that slept between sealing and writing fail where it would lose. Whoever restores a backup by other means is not stopped.
CREATE FUNCTION public.hold_data_key(sealed text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  key_id text := substring(sealed FROM '^v1\.([0-9a-f]{16})\.');
BEGIN
  IF key_id IS NULL THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('churchhub data key ' || key_id, 0));
  IF current_setting('application_name') = 'churchhub'
    AND EXISTS (SELECT FROM public.data_keys WHERE id = key_id AND "destroyedAt" IS NOT NULL) THEN
    RAISE EXCEPTION 'the data key % is destroyed', key_id
      USING ERRCODE = 'object_not_in_prerequisite_state', TABLE = 'data_keys', CONSTRAINT = 'data_keys_held';
  END IF;
END $$;

CREATE FUNCTION public.hold_key_of_booking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."encryptedIntakeData");
  RETURN NEW;
END $$;
CREATE TRIGGER bookings_hold_data_key BEFORE INSERT OR UPDATE OF "encryptedIntakeData" ON bookings
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_booking();

CREATE FUNCTION public.hold_key_of_form_response() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."encryptedData");
  RETURN NEW;
END $$;
CREATE TRIGGER form_responses_hold_data_key BEFORE INSERT OR UPDATE OF "encryptedData" ON form_responses
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_form_response();

CREATE FUNCTION public.hold_key_of_summary() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."encryptedSummary");
  RETURN NEW;
END $$;
CREATE TRIGGER context_summaries_hold_data_key BEFORE INSERT OR UPDATE OF "encryptedSummary" ON context_summaries
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_summary();

CREATE FUNCTION public.hold_keys_of_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."accessToken");
  PERFORM public.hold_data_key(NEW."refreshToken");
  RETURN NEW;
END $$;
CREATE TRIGGER calendar_connections_hold_data_key
  BEFORE INSERT OR UPDATE OF "accessToken", "refreshToken" ON calendar_connections
  FOR EACH ROW EXECUTE FUNCTION public.hold_keys_of_connection();

CREATE FUNCTION public.hold_key_of_setting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."isEncrypted" THEN
    PERFORM public.hold_data_key(NEW.value #>> '{}');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER system_settings_hold_data_key BEFORE INSERT OR UPDATE OF value, "isEncrypted" ON system_settings
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_setting();

CREATE FUNCTION public.hold_key_of_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM public.hold_data_key(NEW."sealedBody");
  RETURN NEW;
END $$;
CREATE TRIGGER webhook_deliveries_hold_data_key BEFORE INSERT OR UPDATE OF "sealedBody" ON webhook_deliveries
  FOR EACH ROW EXECUTE FUNCTION public.hold_key_of_delivery();

-- A key is destroyed for ever, and only after it has been retired. What vouches for the audit log is under a CHECK of its own.
ALTER TABLE data_keys ADD CONSTRAINT data_keys_retired_first_check CHECK ("destroyedAt" IS NULL OR "retiredAt" IS NOT NULL);

-- It puts rows that are there into their month, whatever is in them: for its length it is no writer of values.
ALTER FUNCTION public.make_partitions(int) SET application_name = 'churchhub partitions';
