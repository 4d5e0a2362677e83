import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests that come in crowds: each begins in a turn of the event loop of its own. */
    takesTurns?: boolean
  }
}

/** Node accepts one connection in each turn of its event loop: turns between let everybody else come in. */
const TURNS_BETWEEN = 7

/**
 * Thousands of listeners come at once when another api has died. Begun at once they would keep the event loop
 * for seconds, and everybody else waiting.
 */
export const turns = fp(async (app) => {
  const queue: (() => void)[] = []
  let turn = 0
  app.addHook('onRequest', (request, _, done) => {
    if (!request.routeOptions.config.takesTurns) return done()
    if (queue.push(done) === 1) setImmediate(next)
  })

  function next(): void {
    turn += 1
    if (turn % (TURNS_BETWEEN + 1) === 0) queue.shift()?.()
    if (queue.length > 0) setImmediate(next)
  }
})
