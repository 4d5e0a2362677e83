import { Duplex } from 'node:stream'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { type AdmissionLimits, installAdmission } from '../../src/feed/admission.ts'

test('some of the same token go on together, others after them', async () => {
  const { ask, went } = start({ waiting: 100, together: 2, patienceMs: 60_000 })
  await Promise.all(['a', 'b', 'a', 'a', 'c'].map(ask))
  expect(went.map(({ token }) => token)).toEqual(['a', 'a', 'b', 'c', 'a'])
})

test('who is at the door comes first, for a quarter of a second', async () => {
  const { ask, went, knock } = start({ waiting: 100, together: 1, patienceMs: 60_000 })
  knock()
  await Promise.all(['a', 'b', 'c'].map(ask))
  const [a, , c] = went.map(({ at }) => at) as [number, number, number]
  // Less by no more than the first may be late.
  expect(c - a).toBeGreaterThan(400)
})

test('who has waited for long waits for little more', async () => {
  const { ask, went, knock } = start({ waiting: 100, together: 1, patienceMs: 0 })
  knock()
  await Promise.all(Array.from({ length: 20 }, (_, n) => ask(`${n}`)))
  const times = went.map(({ at }) => at)
  const waits = times.slice(1).map((at, i) => at - (times[i] ?? 0))
  expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(19 * 20)
  // Each of those with patience waits longer.
  expect(Math.min(...waits)).toBeLessThan(250)
})

test('who has left holds nobody up', async () => {
  const { app, ask, went, knock } = start({ waiting: 100, together: 1, patienceMs: 60_000 })
  knock()
  await ask('a')
  const left = Array.from({ length: 20 }, (_, n) => {
    const leaving = new AbortController()
    const answer = app.inject({ url: '/', headers: { authorization: `left ${n}` }, signal: leaving.signal })
    return { leaving, answer: answer.catch(() => {}) }
  })
  const others = ['b', 'c'].map(ask)
  for (const { leaving } of left) leaving.abort()
  await Promise.all([...others, ...left.map(({ answer }) => answer)])
  const times = new Map(went.map(({ token, at }) => [token, at]))
  const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map((token) => times.get(token))
  // Each of them would have held the others up for a quarter of a second.
  expect(b - a).toBeLessThan(20 * Math.max(250, c - b))
})

test('one more than may wait goes on at once', async () => {
  const { ask, went, knock } = start({ waiting: 2, together: 1, patienceMs: 60_000 })
  knock()
  await ask('a')
  await Promise.all(['b', 'c', 'd'].map(ask))
  expect(went.map(({ token }) => token)).toEqual(['a', 'd', 'b', 'c'])
})

const nextTurn = () => new Promise(setImmediate)

function start(limits: AdmissionLimits) {
  const app = Fastify()
  onTestFinished(() => app.close())
  const went: { token: string; at: number }[] = []
  installAdmission(app, limits)
  app.get('/', { config: { isAdmitted: true } }, async ({ headers }) => {
    went.push({ token: String(headers.authorization), at: performance.now() })
    return ''
  })
  return {
    app,
    went,
    ask: (authorization: string) => app.inject({ url: '/', headers: { authorization } }),

    /** Lets a connection in at each turn of the event loop. */
    knock() {
      let isKnocking = true
      onTestFinished(() => {
        isKnocking = false
      })
      void (async () => {
        while (isKnocking) {
          const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
          app.server.emit('connection', connection)
          connection.destroy()
          await nextTurn()
        }
      })()
    },
  }
}
