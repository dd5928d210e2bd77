-- Which database this is, and the epoch that its sessions, tokens and passwords belong to. One row. A copy that is restored
-- from a backup carries the epoch of its time; the server compares it with what it keeps outside the database.
CREATE TABLE public.database_identity (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  epoch text NOT NULL DEFAULT gen_random_uuid()::text,
  -- SHA-256 of each SESSION_EPOCH that was in force, newest last.
  declarations text[] NOT NULL DEFAULT '{}',
  "restoredAt" timestamptz(3),
  -- When the audit log first held a record of every user and every booking's owner.
  "baselineAt" timestamptz(3)
);
INSERT INTO public.database_identity DEFAULT VALUES;

CREATE FUNCTION public.session_epoch() RETURNS text LANGUAGE sql STABLE
  AS $$ SELECT epoch FROM public.database_identity $$;

ALTER TABLE public.sessions ADD COLUMN epoch text NOT NULL DEFAULT public.session_epoch();
ALTER TABLE public.api_tokens ADD COLUMN epoch text NOT NULL DEFAULT public.session_epoch();
ALTER TABLE public.user_credentials ADD COLUMN epoch text NOT NULL DEFAULT public.session_epoch();

-- How far each node has seen this database go on. The node keeps the same in CHURCHHUB_HOME.
CREATE TABLE public.node_checkpoints (
  "nodeId" uuid PRIMARY KEY,
  counter bigint NOT NULL,
  marker uuid NOT NULL,
  "updatedAt" timestamptz(3) NOT NULL DEFAULT now()
);

-- Withdrawals, by their ids in the record outside the database, that have been applied here.
CREATE TABLE public.withdrawals (
  id uuid PRIMARY KEY,
  kind varchar(40) NOT NULL,
  "createdAt" timestamptz(3) NOT NULL DEFAULT now()
);
