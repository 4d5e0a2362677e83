import type { IncomingMessage } from 'node:http'

/** What has come of a body, and when it was more than it may be. */
export type Incoming = { bytes: number; tooMany: Promise<void> }

/** Counts what comes of a body that says itself where it ends. */
export function countBytes(raw: IncomingMessage, limit: number): Incoming {
  const { promise: tooMany, resolve } = Promise.withResolvers<void>()
  const incoming = { bytes: 0, tooMany }
  raw.on('data', (chunk: Buffer) => {
    incoming.bytes += chunk.length
    if (incoming.bytes > limit) resolve()
  })
  return incoming
}

/**
 * Lets what is left of a refused body pass, as long as it is no more than it may be. Many clients listen for the answer
 * only when they have sent all of it, and a connection that closes before would take the answer with it.
 */
export async function readToEnd(raw: IncomingMessage, { tooMany }: Incoming): Promise<void> {
  raw.unpipe()
  raw.resume()
  if (raw.readableEnded || raw.destroyed) return
  const ended = new Promise<void>((resolve) => raw.once('end', resolve).once('close', resolve))
  await Promise.race([ended, tooMany])
}
