import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { observability } from './alert-rules.ts'
import { createDashboard, rows } from './dashboard/dashboard.ts'
import { readExpression } from './promql.ts'

const grafana = join(observability, 'grafana')
const panels = rows.flatMap((row) => row.panels)
const provisioned = (file: string) => parse(readFileSync(join(grafana, 'provisioning', file), 'utf8'))

// With `--update` this writes the dashboard.
test('the dashboard that Grafana reads is the one of the table of panels', async () => {
  const json = `${JSON.stringify(createDashboard(), null, 2)}\n`
  await expect(json).toMatchFileSnapshot(join(grafana, 'dashboards/reelay.json'))
})

test('no two panels share a number or a title', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
})

test.each(panels)('$title can be parsed, and names lines by labels that are kept', ({ queries }) => {
  for (const [expr, legend] of queries) {
    const { problems, groups } = readExpression(expr)
    expect(problems).toEqual([])
    const told = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
    for (const kept of groups) expect(kept).toEqual(expect.arrayContaining(told))
  }
})

test('Grafana is given one Prometheus, and finds the dashboard in a folder that nobody edits', () => {
  const [source] = provisioned('datasources/prometheus.yml').datasources
  expect(source).toMatchObject({ type: 'prometheus', url: 'http://prometheus:9090', editable: false })
  const { scrape_interval } = parse(readFileSync(join(observability, 'prometheus.yml'), 'utf8')).global
  expect(source.jsonData.timeInterval).toBe(scrape_interval)
  const [provider] = provisioned('dashboards/reelay.yml').providers
  expect(provider).toMatchObject({ type: 'file', allowUiUpdates: false, disableDeletion: true })
})
