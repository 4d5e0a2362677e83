import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Starts something on the given port, else on a free one; tries again when what it needs is still in use. */
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

/** A port that nobody listens on just now, as the kernel gives it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
