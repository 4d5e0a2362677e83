import type { Stack } from '../../src/stack.ts'

/** Upstream knows no clip any more, until it is disposed of. */
export function withoutUpstreamsClips(stack: Stack): Promise<AsyncDisposable> {
  return withFault(stack, { name: 'empty', scope: 'content' })
}

/** Upstream tells nothing of its videos, so that none is seen to end, until it is disposed of. */
export function withoutPolls(stack: Stack): Promise<AsyncDisposable> {
  return withFault(stack, { name: 'poll_error', scope: 'retrieve' })
}

async function withFault(
  { simulatorAdminUrl }: Stack,
  fault: { name: string; scope: string },
): Promise<AsyncDisposable> {
  const faults = `${simulatorAdminUrl}/faults`
  const armed = await fetch(faults, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...fault, count: 100_000 }),
  })
  if (!armed.ok) throw new Error(`the simulator takes no such fault: ${await armed.text()}`)
  return {
    async [Symbol.asyncDispose]() {
      await fetch(faults, { method: 'DELETE' })
    },
  }
}
