-- What nobody saved is looked for every hour.
CREATE INDEX memory_unsaved ON memory (created_at) WHERE is_saved = 0;
