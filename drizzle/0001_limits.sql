CREATE TABLE "upstream_state" (
	"name" text PRIMARY KEY NOT NULL,
	"failed_submits" integer DEFAULT 0 NOT NULL,
	"poll_stretch" double precision DEFAULT 1 NOT NULL,
	"stretched_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "video_tasks" ADD COLUMN "overdue" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "video_tasks_unfinished_by_user" ON "video_tasks" USING btree ("user_id","queued_at","video_id") WHERE "video_tasks"."status" in ('QUEUED', 'PROCESSING');--> statement-breakpoint
ALTER TABLE "video_tasks" ADD CONSTRAINT "video_tasks_metadata" CHECK (jsonb_typeof("video_tasks"."metadata") = 'object');