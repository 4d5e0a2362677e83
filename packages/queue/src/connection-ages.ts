import type { Redis } from 'ioredis'
import { isConnected } from './connection.ts'

/** Knows when connections, and the duplicates that are made of them from now on, were last made. */
export function createConnectionAges() {
  const madeAt = new Map<Redis, number>()

  return {
    follow,
    olderThan: (at: number): Redis[] =>
      [...madeAt].filter(([, made]) => made < at).map(([connection]) => connection),
  }

  function follow(connection: Redis): Redis {
    const remember = () => madeAt.set(connection, performance.now())
    if (isConnected(connection)) remember()
    connection.on('ready', remember)
    connection.on('close', () => madeAt.delete(connection))
    const { duplicate } = connection
    connection.duplicate = (options) => follow(duplicate.call(connection, options))
    return connection
  }
}
