-- What is kept as the value of there where the thing was deleted there was written like a text that says so.
UPDATE conflict SET theirs = 'deleted' WHERE theirs = '"deleted"';
