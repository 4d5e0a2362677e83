import { EnvironmentError } from '@reelay/contracts/environment'
import type { Dialect } from '../dialect/dialect.ts'
import { dialects } from './dialects.ts'
import type { Registry } from './registry.ts'
import { registryFromEnvironment } from './registry-from-environment.ts'
import type { Environment } from './variables.ts'

/** A process's environment, as `parse` reads it, and its upstreams. Throws one EnvironmentError for all that is wrong. */
export function readEnvironment<T>(
  parse: () => T,
  variables: Environment,
): { env: T; registry: Registry<Dialect> } {
  const read = registryFromEnvironment(variables, { dialects })
  const [env, own] = attempt(parse)
  const problems = new Set([...own, ...('problems' in read ? read.problems : [])])
  if (env === undefined || 'problems' in read) throw new EnvironmentError([...problems])
  return { env, registry: read.registry }
}

function attempt<T>(parse: () => T): [T | undefined, readonly string[]] {
  try {
    return [parse(), []]
  } catch (error) {
    if (error instanceof EnvironmentError) return [undefined, error.problems]
    throw error
  }
}
