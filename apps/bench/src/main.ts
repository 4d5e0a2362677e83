import { join } from 'node:path'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { startServices } from '@reelay/local-services/services'
import { environment } from './config.ts'
import { lineOf } from './figure.ts'
import { lateness, scale } from './in-flight.ts'
import { polls } from './polls.ts'
import { requests } from './requests.ts'
import { sweeps } from './sweeps.ts'
import { startWorld, type WorldBench } from './world.ts'

const benches: Record<string, WorldBench> = { requests, polls, lateness, scale, sweeps }

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in benches))
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}. There are: ${Object.keys(benches).join(', ')}`)
  process.exit(1)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const dir = processFolder('run')
const services = await startServices({ dir, onProgress: (message) => console.error(message) })
try {
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue
    await using world = await startWorld({ services, dir: join(dir, name), env: environment })
    for (const figure of await bench(world)) console.log(lineOf(figure))
  }
} finally {
  await services.stop()
}
removeFolder(dir)
process.exit()
