-- The order of the entries that say what a row of another table must be (its digest, its owner, its removal). The database
-- gives it behind the lock on that row, so it needs no clock: two nodes' clocks, and the start of a transaction, may differ
-- from the order of the commits.
CREATE SEQUENCE public.audit_positions;

CREATE OR REPLACE FUNCTION public.record_audit(
  ids uuid[], user_ids uuid[], booking_ids uuid[], actions text[], resources text[], resource_ids text[],
  ip_addresses text[], user_agents text[], metadatas text[]
) RETURNS void LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
  INSERT INTO public.audit_logs
    (id, "userId", "bookingId", action, resource, "resourceId", "ipAddress", "userAgent", metadata)
  SELECT e.id, e.user_id, e.booking_id, e.action, e.resource, e.resource_id, e.ip_address::inet, e.user_agent,
    CASE
      WHEN e.action IN ('intake.sealed', 'summary.written', 'form_response.sealed', 'vault.resealed', 'summary.purged',
        'form_response.purged', 'booking.purged', 'booking.created', 'booking.handed_over', 'booking.owner_recorded',
        'user.identity_recorded', 'audit.carried_over')
      THEN e.metadata::jsonb || jsonb_build_object('position', nextval('public.audit_positions'))
      ELSE NULLIF(e.metadata::jsonb, '{}'::jsonb)
    END
  FROM unnest(ids, user_ids, booking_ids, actions, resources, resource_ids, ip_addresses, user_agents, metadatas)
    WITH ORDINALITY AS e (id, user_id, booking_id, action, resource, resource_id, ip_address, user_agent, metadata, place)
  ORDER BY e.place;
END $$;
