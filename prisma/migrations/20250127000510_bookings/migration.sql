-- All summaries, newest first, page by page: the partitions are read one after another, each by this index.
CREATE INDEX idx_context_summaries_created_at_id ON context_summaries ("createdAt", id);
