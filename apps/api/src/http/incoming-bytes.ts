import type { IncomingMessage } from 'node:http'

/** Counts what comes of a body that says itself where it ends. One that goes on behind the limit is cut off. */
export function countBytes(raw: IncomingMessage, limit: number): { bytes: number } {
  const seen = { bytes: 0 }
  raw.on('data', (chunk: Buffer) => {
    seen.bytes += chunk.length
    if (seen.bytes > limit) raw.destroy()
  })
  return seen
}

/**
 * Lets what is left of a refused body pass. Many clients listen for the answer only when they have sent all of it, and a
 * connection that closes before would take the answer with it.
 */
export async function readToEnd(raw: IncomingMessage): Promise<void> {
  raw.unpipe()
  raw.resume()
  if (raw.readableEnded || raw.destroyed) return
  await new Promise<void>((resolve) => raw.once('end', resolve).once('close', resolve))
}
