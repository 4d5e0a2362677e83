import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import type { Database } from '../src/client.ts'
import * as schema from '../src/schema.ts'

/** A node of EXPLAIN's tree. */
type Plan = {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  'Rows Removed by Index Recheck'?: number
  Plans?: Plan[]
}

/**
 * What a statement reads: its whole-table scans, its indexes, how many rows it passes on the way, and whether the indexes
 * knew all that it asked.
 */
export type Reading = { scanned: string[]; indexes: string[]; rows: number; isIndexOnly: boolean }

type Statement = { text: string; parameters: unknown[] }

/** Explains what a repository really asks, by running it and then each of its statements under EXPLAIN. */
export function openExplained(url: string) {
  // The server may plan a prepared statement once for whatever it will be asked: that plan has to be good, too.
  const client = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { plan_cache_mode: 'force_generic_plan' },
  })
  const statements: Statement[] = []
  const logger = {
    logQuery: (text: string, parameters: unknown[]) => void statements.push({ text, parameters }),
  }
  const db: Database = drizzle(client, { schema, logger })

  return {
    db,
    close: () => client.end(),

    /** One reading for each statement that `ask` sent. */
    async readings(ask: () => Promise<unknown>): Promise<Reading[]> {
      statements.length = 0
      await ask()
      return Promise.all(statements.splice(0).map(explain))
    },

    reading: (text: string) => explain({ text, parameters: [] }),
  }

  async function explain({ text, parameters }: Statement): Promise<Reading> {
    const [row] = await client.unsafe(
      `explain (analyze, timing off, format json) ${text}`,
      parameters as never[],
    )
    const [answer] = (row?.['QUERY PLAN'] ?? []) as { Plan: Plan }[]
    if (!answer) throw new Error('Postgres explains nothing')
    return readingOf(answer.Plan)
  }
}

function readingOf(root: Plan): Reading {
  const plans = flatten(root)
  const scans = plans.filter((plan) => plan['Node Type'].endsWith('Scan'))
  return {
    scanned: scans.flatMap((plan) => (plan['Node Type'] === 'Seq Scan' ? (plan['Relation Name'] ?? []) : [])),
    indexes: scans.flatMap((plan) => plan['Index Name'] ?? []),
    isIndexOnly: scans.filter(readsRows).every((plan) => plan['Node Type'] === 'Index Only Scan'),
    rows: scans.filter(readsRows).reduce((sum, plan) => sum + passed(plan), 0),
  }
}

/** A bitmap's index finds the rows that its heap scan reads; a scan of a CTE or a subquery reads none. */
function readsRows(plan: Plan): boolean {
  return plan['Relation Name'] !== undefined
}

function passed(plan: Plan): number {
  const removed = (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Index Recheck'] ?? 0)
  return Math.round((plan['Actual Rows'] + removed) * plan['Actual Loops'])
}

function flatten(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)]
}
