import { reasonOf } from '../../answer/answer.ts'
import type { Dialect } from '../../dialect/dialect.ts'
import { createEndpoint, pathOf } from '../../endpoint.ts'
import type { Credential, Upstream } from '../../registry/registry.ts'
import { listPath, MAX_LIST_BYTES } from '../../requests/list.ts'
import { openReader } from '../../requests/reader.ts'
import type { Command } from '../command.ts'
import { IMPOSSIBLE_ID } from '../guess/probes.ts'
import { readSettings } from '../settings.ts'
import { table } from '../table.ts'
import { type Answers, type Finding, judge } from './judge.ts'

type Timeouts = ReturnType<typeof readSettings>['timeouts']

const heads = ['upstream', 'credential', 'dialect', 'reachable', 'key', 'list', 'speaks the dialect']

/**
 * Asks each credential's upstream what costs nothing. Returns 1 when one can't work. Throws EnvironmentError for what is
 * wrong with the file.
 */
export const check: Command = async ({ environment, print }) => {
  const { registry, timeouts, hide } = readSettings(environment)
  const checks = registry.upstreams.flatMap((upstream) =>
    upstream.credentials.map(async (credential) => ({
      upstream,
      credential,
      finding: judge(upstream, await ask(upstream, credential, timeouts)),
    })),
  )
  const found = await Promise.all(checks)
  const rows = found.map(({ upstream, credential, finding }) => rowOf(upstream, credential, finding))
  print(hide(table(heads, rows)))
  const problems = found.flatMap(({ credential: { id }, finding }) =>
    finding.problems.map((problem) => `${id}: ${problem}`),
  )
  if (problems.length > 0) print(hide(`\n${problems.join('\n')}`))
  return problems.length > 0 ? 1 : 0
}

function rowOf(
  { name, dialectName }: Upstream<Dialect>,
  credential: Credential,
  { reachable, key, list, speaks }: Finding,
): string[] {
  return [name, credential.name, dialectName, reachable, key, list, speaks]
}

async function ask(
  { baseUrl, dialect }: Upstream<Dialect>,
  { key }: Credential,
  timeouts: Timeouts,
): Promise<Answers | { unreachable: string }> {
  const endpoint = createEndpoint({ ...timeouts, baseUrl, dialect, apiKey: key?.reveal() ?? '' })
  const reader = openReader(endpoint, MAX_LIST_BYTES)
  try {
    const unknown = await reader.read(pathOf(dialect.retrieve.path, IMPOSSIBLE_ID))
    const list = dialect.list ? await reader.read(listPath(dialect.list)) : undefined
    return { unknown, list, endpoint }
  } catch (error) {
    return { unreachable: endpoint.scrub(reasonOf(error)) }
  } finally {
    await reader.close()
  }
}
