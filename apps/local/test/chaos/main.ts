import { join } from 'node:path'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { tableOf } from './report.ts'
import { type Report, runScenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const names = process.argv.slice(2).filter((name) => name !== 'short')
const isShort = process.argv.includes('short')
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name))
if (chosen.length === 0) {
  console.error(`There is no such scenario. There are: ${scenarios.map(({ name }) => name).join(', ')}`)
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const dir = processFolder('run')
console.log(`seed ${seed}: SEED=${seed} npm run chaos -- ${process.argv.slice(2).join(' ')}`)
const reports: Report[] = []
for (const scenario of chosen) {
  console.log(`\n${scenario.name}: ${scenario.about}`)
  const report = await runScenario(scenario, { seed, dir, isShort })
  reports.push(report)
  for (const line of [...(report.notes ?? []), ...report.violations.slice(0, 20)]) console.log(`  ${line}`)
  console.log(tableOf([report]))
}
console.log(`\nseed ${seed}\n${tableOf(reports)}`)

if (reports.every(({ violations }) => violations.length === 0)) removeFolder(dir)
else {
  console.log(`Not all of it held. The logs are kept in ${join(dir)} until the next run.`)
  process.exitCode = 1
}
process.exit()
