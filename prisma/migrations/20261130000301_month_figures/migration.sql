-- What callers who only count are told: one row a month, with its groups. Only what may be told is here; a group that is left
-- out is in no row. A month that is over is written once and never again: docs/decisions/092-figures-for-those-who-count.md.
CREATE TABLE month_figures (
  month         date           NOT NULL,
  "timeZone"    varchar(64)    NOT NULL,
  "isFinal"     boolean        NOT NULL,
  total         integer,
  "computedAt"  timestamptz(3) NOT NULL,
  CONSTRAINT month_figures_pkey PRIMARY KEY (month),
  CONSTRAINT month_figures_month_check CHECK (month = date_trunc('month', month)::date),
  CONSTRAINT month_figures_total_check CHECK (total >= 5)
);
CREATE TABLE month_figure_groups (
  month      date         NOT NULL,
  dimension  varchar(20)  NOT NULL,
  key        varchar(64)  NOT NULL,
  title      varchar(255),
  count      integer      NOT NULL,
  CONSTRAINT month_figure_groups_pkey PRIMARY KEY (month, dimension, key),
  CONSTRAINT month_figure_groups_month_fkey FOREIGN KEY (month) REFERENCES month_figures (month),
  CONSTRAINT month_figure_groups_dimension_check CHECK (dimension IN ('status', 'sensitivity', 'eventType', 'owner')),
  CONSTRAINT month_figure_groups_count_check CHECK (count >= 5)
);

-- A figure that was told is not taken back or changed: its difference would tell of single people.
CREATE FUNCTION public.refuse_final_figure_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."isFinal" THEN
    RAISE EXCEPTION 'the figures of a month that is over are final'
      USING ERRCODE = 'restrict_violation', TABLE = 'month_figures', CONSTRAINT = 'month_figures_final';
  END IF;
  RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER month_figures_final BEFORE UPDATE OR DELETE ON month_figures
  FOR EACH ROW EXECUTE FUNCTION public.refuse_final_figure_change();
