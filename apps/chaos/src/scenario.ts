import { join } from 'node:path'
import type { DialectName } from '../../simulator/src/dialects/all.ts'
import type { Verdict } from './audit/audit.ts'
import { createRandom, type Random } from './random.ts'
import { startWorld, type World, type WorldOptions } from './world/world.ts'

/**
 * One way to do harm, and the proof of what it did not do. What is on demand is left out of `npm test`, which has two
 * minutes. `upstream` is the one that it is about, where not any will do.
 */
export type Scenario = {
  name: string
  about: string
  isOnDemand?: true
  upstream?: 'has a list of prompts' | 'several of its own'
  run: (context: Context) => Promise<Harm>
}

/** An audit's verdict, and how often harm was done before it. */
export type Harm = Verdict & { faults: number; notes?: string[] }

export type Context = {
  /** The form within `npm test`: the same harm, fewer times. */
  isShort: boolean
  random: Random
  openWorld: (options?: Partial<WorldOptions>) => Promise<World>
}

export type Report = Harm & { name: string; seconds: number }

type RunOptions = { seed: number; dir: string; isShort: boolean; dialect?: DialectName }

/** Runs one scenario in a folder of its own. The seed is the run's and the scenario's name. */
export async function runScenario(
  { name, run }: Scenario,
  { seed, dir, isShort, dialect = 'openai' }: RunOptions,
): Promise<Report> {
  const random = createRandom(seed + [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7))
  const worlds: World[] = []
  const openWorld = async (options: Partial<WorldOptions> = {}) => {
    const world = await startWorld({
      dir: join(dir, `${name}-${worlds.length + 1}`),
      random,
      dialect,
      ...options,
    })
    worlds.push(world)
    return world
  }
  const startedAt = performance.now()
  const harm = await run({ isShort, random, openWorld }).catch(gaveUp)
  const problems = worlds.flatMap(({ problems }) => problems.map((problem) => `scenario: ${problem}`))
  return {
    ...harm,
    violations: [...harm.violations, ...problems],
    name,
    seconds: (performance.now() - startedAt) / 1000,
  }
}

function gaveUp(error: Error): Harm {
  const counts = { tasks: 0, ends: {}, jobs: 0, doublePayments: 0, lost: 0, events: 0 }
  return { counts, faults: 0, violations: [`gave up: ${error.stack}`] }
}
