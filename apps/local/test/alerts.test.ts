import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parser } from '@prometheus-io/lezer-promql'
import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { startTestStack } from './test-stack.ts'

const folder = join(import.meta.dirname, '../../api/deploy/observability')

const AlertRule = z.strictObject({
  alert: z.string().regex(/^[A-Z]\w+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[sm]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string().optional() }),
})
const RuleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(AlertRule).min(1) })).min(1),
})

const { groups } = RuleFile.parse(parse(readFileSync(join(folder, 'alerts.yml'), 'utf8')))
const rules = groups.flatMap((group) => group.rules)

test('each alert has a name of its own', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
})

test.each(rules)('the expression of $alert can be parsed', ({ expr }) => {
  expect(readExpression(expr)).toMatchObject({ problems: [] })
  expect(readExpression(expr).metrics).not.toEqual([])
})

test('a broken expression is told from a sound one', () => {
  expect(readExpression('sum(rate(reelay_x[5m]) > 1').problems).not.toEqual([])
})

test.each(rules)('$alert tells of labels that its expression keeps', ({ expr, annotations }) => {
  const told = [
    ...Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g),
  ].map(([, name]) => name)
  for (const kept of readExpression(expr).groups) expect(kept).toEqual(expect.arrayContaining(told))
})

test('every metric that an alert names is there to be scraped', async () => {
  const port = await freePort()
  const METRICS_TOKEN = 'a token for the scraper'
  await using system = await startTestStack({ METRICS_TOKEN, WORKER_PORT: String(port) }, 1)
  const scrape = async (url: string) => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
    return answer.text()
  }
  const worker = `http://127.0.0.1:${port}/metrics`
  await expect.poll(() => scrape(worker).catch(() => '')).not.toBe('')
  const figures = `${await scrape(`${system.stack.apiUrl}/metrics`)}\n${await scrape(worker)}`
  const there = new Set([...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name ?? ''))

  const named = new Set(rules.flatMap(({ expr }) => readExpression(expr).metrics))
  named.delete('up')
  expect(named.size).toBeGreaterThan(15)
  expect([...named].filter((name) => !there.has(name.replace(/_(bucket|count|sum)$/, '')))).toEqual([])

  for (const { alert, expr } of rules) {
    const { metrics, groups } = readExpression(expr)
    const labels = metrics.flatMap((name) => labelsOf(figures, name))
    const isByCredential = labels.includes('credential')
    for (const kept of groups) {
      if (labels.length > 0) expect(labels, alert).toEqual(expect.arrayContaining(kept))
      if (isByCredential) expect(kept, alert).toEqual(expect.arrayContaining(['upstream', 'credential']))
    }
  }
})

/** The labels of a metric's samples, where it has any. */
function labelsOf(figures: string, metric: string): string[] {
  const [, labels = ''] = new RegExp(`^${metric}\\{(.*)\\} `, 'm').exec(figures) ?? []
  return [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name ?? '')
}

type Expression = { metrics: string[]; groups: string[][]; problems: number[] }

/** The metrics of an expression, the labels that each aggregation keeps, and where it can't be understood. */
function readExpression(expr: string): Expression {
  const metrics: string[] = []
  const groups: string[][] = []
  const problems: number[] = []
  parser.parse(expr).iterate({
    enter({ type, node, from, to }) {
      if (type.isError) problems.push(from)
      if (type.name === 'AggregateExpr') groups.push([])
      if (node.parent?.name === 'GroupingLabels') groups.at(-1)?.push(expr.slice(from, to))
      if (node.parent?.name === 'VectorSelector' && type.name === 'Identifier')
        metrics.push(expr.slice(from, to))
    },
  })
  return { metrics, groups, problems }
}
