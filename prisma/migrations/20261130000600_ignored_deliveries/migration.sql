-- Cal.com's triggers that concern no booking, such as OOO_CREATED. They were unknown_trigger, like names that Cal.com
-- doesn't have.
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_outcome_check;
ALTER TABLE webhook_deliveries ADD CONSTRAINT webhook_deliveries_outcome_check CHECK (outcome IN (
  'received', 'applied', 'stale', 'ignored', 'unknown_trigger', 'unknown_organizer', 'waiting_for_booking', 'ping',
  'unreadable'
));
