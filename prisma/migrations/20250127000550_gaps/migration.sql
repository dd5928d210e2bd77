-- Entries for the audit log, in one statement. A locked log is waited for two seconds and no longer: whoever writes an entry
-- holds a connection of the pool meanwhile, and what else it holds makes others wait. The setting ends with the function, so
-- that the other locks of the transaction are waited for as long as before.
-- plpgsql, because the table is locked when a statement is planned: for an SQL function that may be before the setting.
CREATE FUNCTION public.record_audit(
  ids uuid[], user_ids uuid[], booking_ids uuid[], actions text[], resources text[], resource_ids text[],
  ip_addresses text[], user_agents text[], metadatas text[]
) RETURNS void LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
  INSERT INTO public.audit_logs
    (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)
  SELECT e.id, e.user_id, e.booking_id, e.action, e.resource, e.resource_id, e.ip_address::inet, e.user_agent,
    NULLIF(e.metadata::jsonb, '{}'::jsonb)
  FROM unnest(ids, user_ids, booking_ids, actions, resources, resource_ids, ip_addresses, user_agents, metadatas)
    AS e (id, user_id, booking_id, action, resource, resource_id, ip_address, user_agent, metadata);
END $$;

-- Cal.com's names and addresses are matched in any case, so no two users may have one that differs in its case only.
DO $$
DECLARE
  twins text;
BEGIN
  SELECT string_agg(DISTINCT u.id::text, ', ') INTO twins FROM users u JOIN users other ON other.id <> u.id
    AND (lower(other.email) = lower(u.email) OR lower(other."schedulingUsername") = lower(u."schedulingUsername"));
  IF twins IS NOT NULL THEN
    RAISE EXCEPTION 'these users have an email or a schedulingUsername that differs from another one''s in its case only: %. Change all but one of each in the table users, then start again', twins
      USING ERRCODE = 'unique_violation';
  END IF;
END $$;
CREATE UNIQUE INDEX idx_users_lower_email ON users (lower(email));
CREATE UNIQUE INDEX idx_users_lower_scheduling_username ON users (lower("schedulingUsername"));
