-- What the server tells a user. `data` is JSON.
CREATE TABLE notification (
  id BLOB PRIMARY KEY, user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, type TEXT NOT NULL,
  level TEXT NOT NULL, title TEXT NOT NULL, description TEXT, data TEXT, created_at INTEGER NOT NULL, read_at INTEGER
) STRICT;
CREATE INDEX notification_user ON notification (user_id, created_at);
