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
