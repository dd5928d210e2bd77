-- A pastor's consent to an AI configuration is to a provider, a model, an address, a template and a masking level together.

-- None of the consents until now recorded an address, so all of them lapse. Nothing goes out until pastors agree again.
DELETE FROM ai_consents;
ALTER TABLE ai_consents
  ADD COLUMN provider                  "AiProvider" NOT NULL,
  ADD COLUMN model                     varchar(100) NOT NULL,
  ADD COLUMN "baseUrl"                 varchar(500) NOT NULL,
  ADD COLUMN "templateDigest"          varchar(64)  NOT NULL,
  ADD COLUMN "piiDetection"            boolean      NOT NULL,
  ADD COLUMN "includesHighSensitivity" boolean      NOT NULL DEFAULT false,
  ADD COLUMN "lapsedAt"                timestamptz(3),
  ADD CONSTRAINT ai_consents_template_digest_check CHECK ("templateDigest" ~ '^[0-9a-f]{64}$');

-- Only a pastor switches masking off, and only for own bookings.
UPDATE ai_configurations SET "piiDetection" = true, "updatedAt" = now() WHERE "userId" IS NULL AND NOT "piiDetection";
ALTER TABLE ai_configurations
  ADD CONSTRAINT ai_configurations_church_masking_check CHECK ("userId" IS NOT NULL OR "piiDetection");

-- What a pastor agreed to is compared each time something is sent. These triggers make a lapse last: a value that is changed
-- and changed back, by whatever path, doesn't bring a consent back.
CREATE FUNCTION lapse_ai_consents_of_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ai_consents SET "lapsedAt" = now() WHERE "configurationId" = NEW.id AND "lapsedAt" IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER lapse_ai_consents AFTER UPDATE ON ai_configurations
  FOR EACH ROW WHEN ((OLD.provider, OLD.model, OLD."promptTemplate", OLD."piiDetection", OLD."userId")
    IS DISTINCT FROM (NEW.provider, NEW.model, NEW."promptTemplate", NEW."piiDetection", NEW."userId"))
  EXECUTE FUNCTION lapse_ai_consents_of_configuration();

CREATE FUNCTION lapse_ai_consents_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- A row that is inserted has no OLD, one that is deleted no NEW.
  changed text[] := ARRAY[
    CASE WHEN TG_OP <> 'INSERT' THEN OLD.key END,
    CASE WHEN TG_OP <> 'DELETE' THEN NEW.key END
  ];
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.key, OLD.value, OLD."isEncrypted") IS NOT DISTINCT FROM (NEW.key, NEW.value, NEW."isEncrypted") THEN
    RETURN NULL;
  END IF;
  UPDATE ai_consents SET "lapsedAt" = now()
  WHERE 'ai.' || provider::text || '.baseUrl' = ANY (changed) AND "lapsedAt" IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER lapse_ai_consents AFTER INSERT OR UPDATE OR DELETE ON system_settings
  FOR EACH ROW EXECUTE FUNCTION lapse_ai_consents_of_address();
