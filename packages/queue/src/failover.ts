import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { isConnected, isWrongServer } from './connection.ts'
import { createConnectionAges } from './connection-ages.ts'
import { keyPrefix } from './queues.ts'

const EVERY_MS = 1000
const ANSWER_MS = 1000
const SILENT_AFTER = 2
const KEPT_MS = 10_000

/**
 * Sees to it that all connections of a process lead to the Redis that takes writes. A subscriber of a server that has
 * become a replica hears nothing and is told nothing, and a dead machine closes no connection. So one connection
 * writes every second, is made anew when it can't, and with it all that are older; one silence may be an event loop
 * that was busy. To be called before others make duplicates of theirs, as BullMQ does.
 */
export function watchFailover(probe: Redis, others: Redis[], prefix: string) {
  const ages = createConnectionAges()
  const key = `${keyPrefix(prefix)}:writable`
  let lostAt = 0
  let isWritable = false
  let silent = 0
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  for (const connection of others) ages.follow(connection)
  probe.on('close', () => {
    lostAt = performance.now()
    isWritable = false
  })
  probe.on('ready', () => {
    for (const connection of ages.olderThan(lostAt)) makeAnew(connection)
    look()
  })
  if (isConnected(probe)) look()

  return {
    isWritable: () => isWritable,
    close: () => {
      isClosed = true
      clearTimeout(timer)
    },
  }

  function look(): void {
    clearTimeout(timer)
    if (isClosed || !isConnected(probe)) return
    void judge().then(() => {
      clearTimeout(timer)
      timer = setTimeout(look, silent > 0 ? 0 : EVERY_MS).unref()
    })
  }

  async function judge(): Promise<void> {
    try {
      await write(probe, key)
      isWritable = true
      silent = 0
    } catch (error) {
      isWritable = false
      silent = error instanceof Silence ? silent + 1 : 0
      if (silent < SILENT_AFTER && !isWrongServer(error as Error)) return
      silent = 0
      makeAnew(probe)
    }
  }
}

async function write(connection: Redis, key: string): Promise<void> {
  const written = connection.set(key, '1', 'PX', KEPT_MS)
  written.catch(() => {})
  await Promise.race([written, sleep(ANSWER_MS, undefined, { ref: false }).then(timedOut)])
}

class Silence extends Error {}

function timedOut(): never {
  throw new Silence()
}

/** Without a farewell, which a dead machine would never answer. The driver connects again. */
function makeAnew(connection: Redis): void {
  connection.stream?.destroy()
}
