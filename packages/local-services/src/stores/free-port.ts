import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * None of those that Linux gives away, 32 768 and above: such a one may be another's before it is used. Up to 10 080
 * there are ports that `fetch` refuses to ask.
 */
const BELOW_THE_KERNELS = [12_000, 32_000] as const

export async function startOnPort<T>(
  fixedPort: number | undefined,
  start: (port: number) => Promise<T>,
  tries = 4,
): Promise<T> {
  try {
    return await start(fixedPort ?? (await freePort()))
  } catch (error) {
    if (tries === 1 || !(error instanceof Error && /in use/.test(error.message))) throw error
    await sleep(250)
    return startOnPort(fixedPort, start, tries - 1)
  }
}

export async function freePort(): Promise<number> {
  const port = randomInt(...BELOW_THE_KERNELS)
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return freePort()
    throw error
  }
  server.close()
  await once(server, 'close')
  return port
}
