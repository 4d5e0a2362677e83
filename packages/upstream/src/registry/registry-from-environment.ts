import {
  baseUrl,
  digits,
  EnvironmentError,
  headerText,
  keyInTheClear,
  parseEnvironment,
  sendsKeyInTheClear,
} from '@reelay/contracts/environment'
import { z } from 'zod'
import { type AnyDialect, type DialectSource, type Dialects, readNamedDialect } from './named-dialect.ts'
import { describeProblem } from './problem.ts'
import { readRegistry } from './read-registry.ts'
import type { Registry } from './registry.ts'
import { singleUpstream } from './single-upstream.ts'
import { openText, type ReadFile, readTextFile } from './text-file.ts'
import { type Environment, readVariables, type Variables } from './variables.ts'

type Result<D> = { registry: Registry<D> } | { problems: string[] }

const singleEnvironment = z.object({
  SORA_BASE_URL: baseUrl,
  SORA_API_KEY: headerText.min(1).optional(),
  SORA_AUTH: z.enum(['bearer', 'raw', 'api-key']).optional(),
  SORA_MAX_IN_FLIGHT: digits({ min: 1 }).optional(),
})

const singleVariables = ['SORA_BASE_URL', 'SORA_API_KEY', 'SORA_AUTH', 'SORA_DIALECT']

const authOverrides: Record<string, object> = {
  bearer: { auth: 'bearer' },
  raw: { auth: 'raw' },
  'api-key': { auth: 'header', authHeader: 'api-key' },
}

/**
 * The upstreams of a process: those of the file that UPSTREAMS names, or the one of SORA_BASE_URL. Problems are lines
 * for EnvironmentError.
 */
export function registryFromEnvironment<D extends AnyDialect>(
  environment: Environment,
  { dialects, readFile = readTextFile }: { dialects: Dialects<D>; readFile?: ReadFile },
): Result<D> {
  const variables = readVariables(environment)
  const single = singleVariables.filter((name) => Object.hasOwn(variables, name))
  if (variables.UPSTREAMS === undefined) {
    if (single.length === 0)
      return { problems: ['UPSTREAMS is missing, and so is SORA_BASE_URL: set one of them'] }
    return readSingle(environment, variables, { dialects, readFile })
  }
  const read = readFileOf(variables.UPSTREAMS, environment, { dialects, readFile })
  if (single.length === 0) return read
  const clash = `UPSTREAMS: must not be set together with ${single.join(', ')}`
  return { problems: [clash, ...('problems' in read ? read.problems : [])] }
}

function readFileOf<D extends AnyDialect>(
  path: string,
  environment: Environment,
  source: DialectSource<D>,
): Result<D> {
  // Contents in place of a path may have keys in them, and are not shown.
  if (/[\n{}[\]]/.test(path)) return { problems: ['UPSTREAMS: must be the path of a file'] }
  const opened = openText(path, path, source.readFile)
  if ('problem' in opened) return { problems: [`UPSTREAMS: ${opened.problem}`] }
  const read = readRegistry({ path, text: opened.text, environment, ...source })
  return 'registry' in read ? read : { problems: read.problems.map(describeProblem) }
}

function readSingle<D extends AnyDialect>(
  environment: Environment,
  variables: Variables,
  source: DialectSource<D>,
): Result<D> {
  const {
    NODE_ENV = '',
    SORA_BASE_URL = '',
    SORA_API_KEY,
    SORA_AUTH = '',
    SORA_DIALECT = 'openai',
  } = variables
  const overrides = (Object.hasOwn(authOverrides, SORA_AUTH) && authOverrides[SORA_AUTH]) || {}
  const read = readNamedDialect({ name: SORA_DIALECT, label: SORA_DIALECT, overrides, folder: '' }, source)
  const { env, problems } = parseSingle(environment)
  if (sendsKeyInTheClear({ NODE_ENV, SORA_BASE_URL }))
    problems.push(`SORA_BASE_URL: ${keyInTheClear.message}`)
  if ('problems' in read) {
    for (const problem of read.problems) {
      if ('file' in problem) problems.push(describeProblem(problem.file))
      else if ('name' in problem) problems.push(`SORA_DIALECT: ${problem.name}`)
      else problems.push(`SORA_AUTH: ${problem.message}`)
    }
    return { problems }
  }
  const { dialect } = read
  if (SORA_API_KEY === undefined && dialect.auth !== 'none') problems.push('SORA_API_KEY is missing')
  if (!env || problems.length > 0) return { problems }
  return {
    registry: singleUpstream({
      baseUrl: env.SORA_BASE_URL,
      apiKey: env.SORA_API_KEY,
      maxInFlight: env.SORA_MAX_IN_FLIGHT,
      dialect,
      dialectName: SORA_DIALECT,
    }),
  }
}

function parseSingle(environment: Environment) {
  try {
    return { env: parseEnvironment(singleEnvironment, environment), problems: [] as string[] }
  } catch (error) {
    if (error instanceof EnvironmentError) return { problems: [...error.problems] }
    throw error
  }
}
