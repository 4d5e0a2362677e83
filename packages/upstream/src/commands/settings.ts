import {
  commonEnvironment,
  parseEnvironment,
  upstreamEnvironment,
  upstreamTimeouts,
} from '@reelay/contracts/environment'
import { z } from 'zod'
import type { Dialect } from '../dialect/dialect.ts'
import { readEnvironment } from '../registry/read-environment.ts'
import type { Registry, Upstream } from '../registry/registry.ts'
import { CommandError } from './command-error.ts'
import { hideKeys } from './hide-keys.ts'

const settings = z.object({ NODE_ENV: commonEnvironment.NODE_ENV, ...upstreamEnvironment })

/** The upstreams as api and worker read them. Throws EnvironmentError with every problem. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>) {
  const { env, registry } = readEnvironment(() => parseEnvironment(settings, environment), environment)
  const keys = registry.credentials.map(({ key }) => key?.reveal())
  return { registry, timeouts: upstreamTimeouts(env), hide: hideKeys(keys) }
}

/** Throws CommandError where there is no such upstream. */
export function upstreamNamed(name: string, { upstream, upstreams }: Registry<Dialect>): Upstream<Dialect> {
  const found = upstream(name)
  if (found) return found
  throw new CommandError(`NAME must be an upstream: ${upstreams.map((each) => each.name).join(', ')}`)
}
