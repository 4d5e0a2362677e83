import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { explanationCodes } from '@reelay/contracts/explain'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { apiEnvironment } from '../../api/src/config.ts'
import { scenarios } from '../../chaos/src/scenarios/index.ts'
import { workerEnvironment } from '../../worker/src/config.ts'

const root = join(import.meta.dirname, '../../..')
const documents = ['README.md', '.github/CONTRIBUTING.md', ...globSync('docs/*.md', { cwd: root }).sort()]
const variables = rowsOfVariables()
/** They belong to Node, to the kernel and to OpenTelemetry's SDK. */
const variablesOfOthers = [
  ...['NODE_EXTRA_CA_CERTS', 'TCP_USER_TIMEOUT', 'OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'],
  ...['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_RESOURCE_ATTRIBUTES'],
]

test('the README has two hundred lines at most', () => {
  expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200)
})

// With `--update` these two write into the tables what the configs say.
test('the operations list every variable with its default', async () => {
  const table = /(?:^\| `[A-Z\d_]+` \|.*\n)+/m
  const written = read('docs/operations.md').replace(table, () => `${[...variables.values()].join('\n')}\n`)
  await expect(written).toMatchFileSnapshot(join(root, 'docs/operations.md'))
})

test('the README says the same of the variables that it lists', async () => {
  const row = /^\| `([A-Z\d_]+)` \|.*$/gm
  const written = read('README.md').replace(row, (listed, name) => variables.get(name) ?? listed)
  await expect(written).toMatchFileSnapshot(join(root, 'README.md'))
})

test('the operations say what to do at every alert', () => {
  const { groups } = AlertRules.parse(parse(read('apps/api/deploy/observability/alerts.yml')))
  const alerts = groups.flatMap(({ rules }) =>
    rules.map(({ alert, labels }) => `${alert} ${labels.severity}`),
  )
  const rows = read('docs/operations.md').matchAll(/^\| `(\w+)` \| (warning|critical) \| \w/gm)
  expect([...rows].map(([, alert, severity]) => `${alert} ${severity}`)).toEqual(alerts)
})

test('the operations say what follows from every explanation', () => {
  const [, section = ''] = read('docs/operations.md').split('## Why is a video not there')
  const rows = section.split('\n## ')[0]?.match(/^\| `.*?\|/gm) ?? []
  const codes = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, code]) => code))
  expect(codes.sort()).toEqual([...explanationCodes].sort())
})

test('the reliability tables hold every chaos scenario', () => {
  const rows = read('docs/reliability.md').matchAll(/^\| `([a-z-]+)` \| .* \| [\d ]+ \|$/gm)
  expect([...rows].map(([, name]) => name).sort()).toEqual(scenarios.map(({ name }) => name).sort())
})

test.each(documents)('%s links to files and headings that are there', (path) => {
  const links = [...read(path).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)]
  const broken = links.filter(([, target = '', heading]) => {
    const file = target === '' ? path : join(dirname(path), target)
    return !existsSync(join(root, file)) || (heading && !headingsOf(file).includes(heading))
  })
  expect(broken.map(([link]) => link)).toEqual([])
})

test.each(documents)('%s names files and folders that are there', (path) => {
  const isPath = /^(?:(?:\.github|apps|docs|drizzle|packages)\/[\w./-]+|[\w./-]+\.(?:ts|sql|md))$/
  const named = spansOf(path).filter((span) => isPath.test(span))
  expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
})

test.each(documents)('%s names only variables that something reads', (path) => {
  const others = ['docker-compose.yml', 'apps/simulator/src/config.ts']
    .map(read)
    .join()
    .match(/\b[A-Z]+(?:_[A-Z\d]+)+\b/g)
  const known = new Set([...variables.keys(), ...variablesOfOthers, ...(others ?? [])])
  const named = spansOf(path).flatMap((span) => span.match(/^[A-Z]+(?:_[A-Z\d]+)+(?==|$)/) ?? [])
  expect(named.filter((name) => !known.has(name))).toEqual([])
})

test.each(documents)('%s names only commands that are there', (path) => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')))
  const commands = [...spansOf(path), ...blocksOf(path)].flatMap((code) => [
    ...code.matchAll(/\bnpm (?:run )?([a-z][a-z:]*)/g),
  ])
  const builtIn = ['ci', 'exec', 'install', 'sbom']
  expect(
    commands.flatMap(([, name = '']) => name).filter((name) => !builtIn.includes(name) && !(name in scripts)),
  ).toEqual([])
})

const AlertRules = z.object({
  groups: z.array(
    z.object({ rules: z.array(z.object({ alert: z.string(), labels: z.object({ severity: z.string() }) })) }),
  ),
})

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function blocksOf(path: string): string[] {
  return read(path).match(/^```sh\n.*?^```$/gms) ?? []
}

/** What stands between two backticks. */
function spansOf(path: string): string[] {
  const prose = read(path).replace(/^```.*?^```$/gms, '')
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span)
}

/** The names by which GitHub lets a link go to a heading. */
function headingsOf(path: string): string[] {
  const headings = [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** One row for each variable: name, who reads it, default, meaning. */
function rowsOfVariables(): Map<string, string> {
  const { shape: api } = apiEnvironment
  const { shape: worker } = workerEnvironment
  const rows = Object.entries<z.ZodType>({ ...api, ...worker }).map(([name, schema]) => {
    const readers = [name in api && 'api', name in worker && 'worker'].filter(Boolean).join(', ')
    return [name, `| \`${name}\` | ${readers} | ${defaultOf(schema)} | ${schema.description} |`] as const
  })
  return new Map(rows)
}

function defaultOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return `\`${String(schema.def.defaultValue)}\``
  return schema instanceof z.ZodOptional ? 'none' : 'required'
}
