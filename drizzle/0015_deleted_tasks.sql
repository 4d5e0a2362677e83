-- Whoever has millions of tasks runs the first thirteen statements by hand before, each CREATE INDEX with CONCURRENTLY.
ALTER TABLE "video_tasks" ADD COLUMN IF NOT EXISTS "deleted_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user" ON "video_tasks" USING btree ("user_id","created_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user_updated" ON "video_tasks" USING btree ("user_id","updated_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user_completed" ON "video_tasks" USING btree ("user_id",coalesce("completed_at", 'epoch'),"video_id","completed_at","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user_status" ON "video_tasks" USING btree ("user_id","status","created_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user_status_updated" ON "video_tasks" USING btree ("user_id","status","updated_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_user_status_completed" ON "video_tasks" USING btree ("user_id","status",coalesce("completed_at", 'epoch'),"video_id","completed_at","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_created" ON "video_tasks" USING btree ("created_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_updated" ON "video_tasks" USING btree ("updated_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_completed" ON "video_tasks" USING btree (coalesce("completed_at", 'epoch'),"video_id","completed_at","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_status" ON "video_tasks" USING btree ("status","created_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_status_updated" ON "video_tasks" USING btree ("status","updated_at","video_id","deleted_at");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "video_tasks_list_status_completed" ON "video_tasks" USING btree ("status",coalesce("completed_at", 'epoch'),"video_id","completed_at","deleted_at");--> statement-breakpoint
ALTER TABLE "video_tasks" ADD CONSTRAINT "video_tasks_deleted_has_ended" CHECK ("video_tasks"."deleted_at" is null or "video_tasks"."status" not in ('QUEUED', 'PROCESSING'));--> statement-breakpoint
DROP INDEX "video_tasks_by_user";--> statement-breakpoint
DROP INDEX "video_tasks_by_user_updated";--> statement-breakpoint
DROP INDEX "video_tasks_by_user_completed";--> statement-breakpoint
DROP INDEX "video_tasks_by_user_status";--> statement-breakpoint
DROP INDEX "video_tasks_by_user_status_updated";--> statement-breakpoint
DROP INDEX "video_tasks_by_user_status_completed";--> statement-breakpoint
DROP INDEX "video_tasks_by_created";--> statement-breakpoint
DROP INDEX "video_tasks_by_updated";--> statement-breakpoint
DROP INDEX "video_tasks_by_completed";--> statement-breakpoint
DROP INDEX "video_tasks_by_status";--> statement-breakpoint
DROP INDEX "video_tasks_by_status_updated";--> statement-breakpoint
DROP INDEX "video_tasks_by_status_completed";
