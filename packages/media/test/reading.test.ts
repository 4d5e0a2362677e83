import { once } from 'node:events'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readingOf } from '../src/reading.ts'

const failure = (error: unknown) => new Error(`told: ${(error as Error).message}`)
const silence = { ms: 20, error: new Error('silence') }

test('a reader may rest for longer than its source may', async () => {
  const reading = readingOf(Readable.from(['a', 'b', 'c']), { failure, silence })
  await once(reading, 'readable')
  // That nothing ends in this time is what is looked at: there is nothing to wait for.
  await sleep(5 * silence.ms)
  expect(await text(reading)).toBe('abc')
})

test('a source that says nothing ends', async () => {
  const source = new Readable({ read() {} })
  source.push('a')
  const reading = readingOf(source, { failure, silence })
  await expect(text(reading)).rejects.toThrow('told: silence')
  expect(source.destroyed).toBe(true)
})

test('what the source fails with is told in the store’s words', async () => {
  const source = Readable.from(
    (async function* () {
      yield 'a'
      throw new Error('EIO')
    })(),
  )
  await expect(text(readingOf(source, { failure }))).rejects.toThrow('told: EIO')
})

test('a reader that leaves in the middle of a wait lets the source go at once', async () => {
  const source = new Readable({ read() {} })
  const reading = readingOf(source, { failure })
  reading.resume()
  reading.destroy()
  await once(reading, 'close')
  expect(source.destroyed).toBe(true)
})
