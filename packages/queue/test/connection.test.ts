import { freePort } from '@reelay/local-services/stores/free-port'
import { pino } from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openProducerConnection, sampledWarning } from '../src/connection.ts'

test('a connection logs what is wrong once a second, without its password', async () => {
  const lines: string[] = []
  const url = `redis://:canary@127.0.0.1:${await freePort()}`
  const connection = openProducerConnection(url, pino({}, { write: (line) => lines.push(line) }))
  onTestFinished(() => connection.disconnect())
  await expect.poll(() => lines.length).toBeGreaterThan(0)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'redis unavailable', connection: 'producer' })
  expect(lines.join()).not.toContain('canary')
})

test('each message is logged at most once a second', () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const warn = vi.fn()
  const complain = sampledWarning({ warn } as never, 'queue trouble')
  for (let n = 0; n < 1000; n++) complain(new Error('full'))
  complain(new Error('away'))
  expect(warn).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(1000)
  complain(new Error('full'))
  expect(warn).toHaveBeenCalledTimes(3)
  vi.useRealTimers()
})
