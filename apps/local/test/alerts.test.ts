import { freePort } from '@reelay/local-services/stores/free-port'
import { expect, test } from 'vitest'
import { readAlertRules } from './alert-rules.ts'
import { rows, uid } from './dashboard/dashboard.ts'
import { readExpression } from './promql.ts'
import { startTestStack } from './test-stack.ts'

const rules = readAlertRules()
const panels = rows.flatMap((row) => row.panels)
const shown = panels.flatMap(({ queries }) => queries.map(([expr]) => expr))

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

test.each(rules)('$alert links to a panel that shows what it is about', ({ expr, annotations }) => {
  const [, id] = new RegExp(`^/d/${uid}\\?viewPanel=panel-(\\d+)$`).exec(annotations.dashboard) ?? []
  const panel = panels.find((each) => each.id === Number(id))
  expect(panel?.title).toBe(annotations.panel)
  const metrics = panel?.queries.flatMap(([query]) => readExpression(query).metrics)
  expect(metrics).toEqual(expect.arrayContaining(readExpression(expr).metrics))
})

test('every metric that an alert or a panel names is there to be scraped', async () => {
  const figures = await scrapeAll()
  const there = new Set([...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name ?? ''))
  const all = [...rules.map(({ expr }) => expr), ...shown]
  const named = new Set(all.flatMap((expr) => readExpression(expr).metrics))
  named.delete('up')
  expect(named.size).toBeGreaterThan(30)
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

/** What an api and a worker tell of themselves. */
async function scrapeAll(): Promise<string> {
  const port = await freePort()
  const METRICS_TOKEN = 'a token for the scraper'
  await using system = await startTestStack({ METRICS_TOKEN, WORKER_PORT: String(port) }, 1)
  const scrape = async (url: string) => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
    return answer.text()
  }
  const worker = `http://127.0.0.1:${port}/metrics`
  await expect.poll(() => scrape(worker).catch(() => '')).not.toBe('')
  return `${await scrape(`${system.stack.apiUrl}/metrics`)}\n${await scrape(worker)}`
}

/** The labels of a metric's samples, where it has any. */
function labelsOf(figures: string, metric: string): string[] {
  const [, labels = ''] = new RegExp(`^${metric}\\{(.*)\\} `, 'm').exec(figures) ?? []
  return [...labels.matchAll(/(\w+)="/g)].map(([, name]) => name ?? '')
}
