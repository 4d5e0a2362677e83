import type { Stack } from '../../src/stack.ts'

/** Upstream knows no clip any more, until it is disposed of. */
export async function withoutUpstreamsClips({ simulatorAdminUrl }: Stack): Promise<AsyncDisposable> {
  const faults = `${simulatorAdminUrl}/faults`
  const fault = { name: 'empty', scope: 'content', count: 1000 }
  await fetch(faults, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  })
  return {
    async [Symbol.asyncDispose]() {
      await fetch(faults, { method: 'DELETE' })
    },
  }
}
