import { join } from 'node:path'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { whenRunnerIsGone } from '@reelay/local-services/processes/npm'
import { startServices } from '@reelay/local-services/stores/services'
import { clips } from './clips.ts'
import { environment } from './config.ts'
import { feed } from './feed.ts'
import { type Bench, type Figure, lineOf } from './figure.ts'
import { lateness, scale } from './in-flight.ts'
import { logins } from './logins.ts'
import { polls } from './polls.ts'
import { benchReads } from './reads.ts'
import { requests } from './requests.ts'
import { studio } from './studio.ts'
import { sweeps } from './sweeps.ts'
import { v1 } from './v1.ts'
import { startWorld, type WorldBench } from './world.ts'

const benches: Record<string, WorldBench> = {
  requests,
  v1,
  logins,
  polls,
  lateness,
  scale,
  sweeps,
  clips,
  studio,
}
/** Those with a stage of their own. */
const ownBenches: Record<string, Bench> = { feed }
/** Those that take their time: run only by name. */
const longBenches: Record<string, Bench> = { reads: () => benchReads(say) }

const names = process.argv.slice(2)
const known = [benches, ownBenches, longBenches].flatMap(Object.keys)
const unknown = names.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}`)
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
whenRunnerIsGone(() => process.exit(1))

const isChosen = (name: string) => names.length === 0 || names.includes(name)
const chosen = Object.entries(benches).filter(([name]) => isChosen(name))
if (chosen.length > 0) await runInWorlds(chosen)
for (const [name, bench] of Object.entries(ownBenches)) if (isChosen(name)) print(await bench())
for (const name of names) if (longBenches[name]) print(await longBenches[name]())
process.exit()

async function runInWorlds(chosen: [string, WorldBench][]): Promise<void> {
  const dir = processFolder('run')
  const services = await startServices({ dir, onProgress: say })
  try {
    for (const [name, bench] of chosen) {
      await using world = await startWorld({ services, dir: join(dir, name), env: environment })
      print(await bench(world))
    }
  } finally {
    await services.stop()
  }
  removeFolder(dir)
}

function print(figures: Figure[]): void {
  for (const figure of figures) console.log(lineOf(figure))
}

function say(progress: string): void {
  console.error(progress)
}
