import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { installRequestDeadline } from '../../src/http/request-deadline.ts'

test('a request that came over no socket has no deadline', async () => {
  await using app = Fastify()
  installRequestDeadline(app, { wholeMs: 20 })
  app.post('/', async () => 'taken')
  const late = Readable.from(
    (async function* () {
      yield '{"prompt":'
      await sleep(100)
      yield '"snow"}'
    })(),
  )
  const answer = await app.inject({
    ...{ method: 'POST', url: '/', payload: late },
    headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
  })
  expect(answer.statusCode).toBe(200)
})
