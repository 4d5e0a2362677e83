import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { whenRunnerIsGone } from '@reelay/local-services/processes/npm'
import { type DialectName, dialectNames } from '../../simulator/src/dialects/all.ts'
import { tableOf } from './report.ts'
import { type Report, runScenario, type Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { findsByPrompt } from './world/upstreams.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'at-once': { type: 'string', default: '1' }, dialect: { type: 'string', default: 'openai' } },
})
const atOnce = Number(values['at-once'])
const names = positionals.filter((name) => name !== 'short')
const isShort = positionals.includes('short')
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
const dialect = values.dialect as DialectName
if (!dialectNames.includes(dialect)) exit(`--dialect is one of ${dialectNames.join(', ')}`)
const named = scenarios.filter(({ name }) => names.length === 0 || names.includes(name))
const chosen = named.filter(suitsDialect)
if (named.length === 0)
  exit(`There is no such scenario. There are: ${scenarios.map(({ name }) => name).join(', ')}`)
if (!Number.isInteger(atOnce) || atOnce < 1) exit('--at-once is a number of scenarios, 1 or more')
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
whenRunnerIsGone(() => process.exit(1))
/** What scenarios began and have yet to await, when it fails while they do harm; their await says so. */
const unawaited = new Map<Promise<unknown>, unknown>()
process.on('unhandledRejection', (reason, promise) => unawaited.set(promise, reason))
process.on('rejectionHandled', (promise) => unawaited.delete(promise))

const dir = processFolder('run')
console.log(`seed ${seed}: SEED=${seed} npm run chaos -- ${process.argv.slice(2).join(' ')}`)
const reports: Report[] = []
const waiting = chosen.entries()
await Promise.all(Array.from({ length: atOnce }, runWaiting))
console.log(`\nseed ${seed}\n${tableOf(reports)}`)

for (const reason of unawaited.values()) console.error('Nothing awaited what failed:', reason)
if (unawaited.size === 0 && reports.every(({ violations }) => violations.length === 0)) removeFolder(dir)
else {
  console.log(`Not all of it held. The logs are kept in ${join(dir)} until the next run.`)
  process.exitCode = 1
}
process.exit()

/** Takes one after another of those that nobody has taken; the table keeps their order. */
async function runWaiting(): Promise<void> {
  for (const [place, scenario] of waiting) reports[place] = await run(scenario)
}

function suitsDialect({ name, upstream }: Scenario): boolean {
  if (upstream === 'has a list of prompts' && !findsByPrompt(dialect)) {
    console.log(`${name} is left out: no list of ${dialect} tells of prompts`)
    return false
  }
  if (upstream === 'several of its own' && values.dialect !== 'openai') {
    console.log(`${name} is left out: it has dialects of its own`)
    return false
  }
  return true
}

async function run(scenario: Scenario): Promise<Report> {
  console.log(`\n${scenario.name}: ${scenario.about}`)
  const report = await runScenario(scenario, { seed, dir, isShort, dialect })
  for (const line of [...(report.notes ?? []), ...report.violations.slice(0, 20)]) {
    console.log(`  ${scenario.name}: ${line}`)
  }
  console.log(tableOf([report]))
  return report
}

function exit(problem: string): never {
  console.error(problem)
  process.exit(1)
}
