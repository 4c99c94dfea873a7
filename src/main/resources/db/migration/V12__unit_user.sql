-- The number itself is on record, not its place in a range: the range is a setting, and a change of it must not change the
-- owner of what is there already.
update app set unix_user = unix_user + 200000;
