import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../../drizzle')
const migrations = readdirSync(folder).filter((name) => name.endsWith('.sql'))

/** What an older process that still runs could not live with. */
const breaking = [
  /\bdrop\s+(table|column|schema|type|view|default)\b/i,
  /\brename\b/i,
  /\balter\s+column\b[^;]*\b(type|set\s+not\s+null|set\s+data\s+type)\b/i,
  /\badd\s+column\b(?![^;]*\bdefault\b)[^;]*\bnot\s+null\b/i,
  /\btruncate\b/i,
  /\bdelete\s+from\b/i,
]

test.each(migrations)('migration %s only adds', (name) => {
  const statements = statementsOf(readFileSync(join(folder, name), 'utf8'))
  expect(statements.filter(breaks)).toEqual([])
})

test.each([
  'ALTER TABLE "video_tasks" DROP COLUMN "prompt"',
  'ALTER TABLE "video_tasks" RENAME COLUMN "prompt" TO "text"',
  'ALTER TABLE "video_tasks" ALTER COLUMN "model" SET NOT NULL',
  'ALTER TABLE "video_tasks" ALTER COLUMN "attempt" SET DATA TYPE bigint',
  'ALTER TABLE "video_tasks" ADD COLUMN "owner" text NOT NULL',
  'DROP TABLE "leases"',
])('a migration that takes something away is noticed: %s', (statement) => {
  expect(breaks(statement)).toBe(true)
})

test.each([
  'ALTER TABLE "video_tasks" ADD COLUMN "overdue" boolean DEFAULT false NOT NULL',
  'ALTER TABLE "video_tasks" ADD COLUMN "note" text',
  'CREATE INDEX "by_note" ON "video_tasks" USING btree ("note")',
])('a migration that adds passes: %s', (statement) => {
  expect(breaks(statement)).toBe(false)
})

function breaks(statement: string): boolean {
  return breaking.some((pattern) => pattern.test(statement))
}

/** Without comments, and without the bodies of functions, which are replaced as a whole. */
function statementsOf(sql: string): string[] {
  return sql
    .replace(/^--(?!>).*$/gm, '')
    .replace(/\$\$[\s\S]*?\$\$/g, '$$$$')
    .split(/;|--> statement-breakpoint/)
    .map((statement) => statement.trim())
    .filter(Boolean)
}
