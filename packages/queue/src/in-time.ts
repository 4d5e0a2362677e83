import type { Redis } from 'ioredis'

const MARGIN_MS = 500
const DEFAULT_MS = 2000

/**
 * Waits for BullMQ a little longer than for one command of the connection that it works over: it waits for one that was
 * never made, whatever the driver's own limits say.
 */
export async function inTime<T>(
  { options }: Redis,
  work: Promise<T>,
  limitMs = (options.commandTimeout ?? DEFAULT_MS) + MARGIN_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis gave no answer within ${limitMs} ms`)), limitMs)
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
