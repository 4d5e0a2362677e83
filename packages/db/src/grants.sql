-- What api and worker need of a database that another user owns. Run it as the owner after each migration; then
-- CREATE USER … IN ROLE reelay_app makes the user for their DATABASE_URL. It can't change the schema, and
-- neither a task nor what was paid can be deleted by it, and what happened can't be changed.
DO $$ BEGIN
	CREATE ROLE reelay_app NOLOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO reelay_app;
GRANT SELECT, INSERT ON users, task_events TO reelay_app;
GRANT SELECT, INSERT, UPDATE ON video_tasks, submissions, upstream_state TO reelay_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON leases, api_keys TO reelay_app;
