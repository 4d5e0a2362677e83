import { sql } from 'drizzle-orm'
import { timestamp } from 'drizzle-orm/pg-core'

/** A time in ms, as JavaScript has it. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

/** When it is evaluated, and not when its transaction began. */
export const now = sql`clock_timestamp()`
