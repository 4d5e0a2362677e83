ALTER TABLE "video_tasks" ADD COLUMN "archive" text;--> statement-breakpoint
ALTER TABLE "video_tasks" ADD COLUMN "clip" jsonb;--> statement-breakpoint
ALTER TABLE "video_tasks" ADD COLUMN "archived_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "video_tasks_to_archive" ON "video_tasks" USING btree ("video_id") WHERE "video_tasks"."archive" = 'pending';--> statement-breakpoint
CREATE INDEX "video_tasks_archived" ON "video_tasks" USING btree ("archived_at") WHERE "video_tasks"."archive" = 'done';--> statement-breakpoint
ALTER TABLE "video_tasks" ADD CONSTRAINT "video_tasks_archive" CHECK ("video_tasks"."archive" in ('pending', 'done', 'lost', 'removed'));--> statement-breakpoint
ALTER TABLE "video_tasks" ADD CONSTRAINT "video_tasks_done_has_clip" CHECK (("video_tasks"."archive" is not distinct from 'done') = ("video_tasks"."clip" is not null));