import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { turns } from '../src/turns.ts'

test('a crowd that came first lets others pass, and is served in order', async () => {
  const served: string[] = []
  const app = Fastify()
  await app.register(turns)
  app.get('/crowd/:n', { config: { takesTurns: true } }, async ({ url }) => served.push(url))
  app.get('/other', async ({ url }) => served.push(url))
  await app.ready()

  const crowd = Array.from({ length: 20 }, (_, n) => `/crowd/${n}`)
  await Promise.all([...crowd, '/other'].map((url) => app.inject(url)))
  expect(served.indexOf('/other')).toBeLessThan(crowd.length / 2)
  expect(served.filter((url) => url !== '/other')).toEqual(crowd)
  await app.close()
})
