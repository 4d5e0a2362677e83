import { removeFolder, throwawayFolder } from '@reelay/local-services/local-folder'
import { afterAll, describe, expect, test } from 'vitest'
import { runScenario } from '../src/scenario.ts'
import { scenarios } from '../src/scenarios/index.ts'

const seed = Number(process.env.SEED ?? 1)
const dir = throwawayFolder('run')
afterAll(() => removeFolder(dir))

/** `npm run chaos` does the same harm more often; the log of a failure names what it broke. */
describe.concurrent(`nothing is lost or paid twice, seed ${seed}`, () => {
  test.each(scenarios.filter(({ isOnDemand }) => !isOnDemand))('$name: $about', async (scenario) => {
    const { violations } = await runScenario(scenario, { seed, dir, isShort: true })
    expect(violations).toEqual([])
  })
})
