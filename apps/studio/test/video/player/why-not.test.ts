import { expect, test } from 'vitest'
import { whyNot } from '../../../src/video/player/why-not.ts'

const message = 'Upstream no longer has this video'
const asked: string[] = []

function answering(answer: () => Response) {
  return {
    content: async (_: string, range?: string) => {
      asked.push(range ?? '')
      return answer()
    },
  }
}

test.each([
  [410, 'gone'],
  [404, 'gone'],
  [502, 'trouble'],
  [429, 'trouble'],
])('a clip that is answered with %i is %s, in the words of the api', async (status, state) => {
  const client = answering(() => Response.json({ success: false, code: 'x', message }, { status }))
  expect(await whyNot(client, 'video')).toEqual({ state, message })
})

test('a clip that is there is trouble of the player’s, and only its first byte is asked for', async () => {
  expect(
    await whyNot(
      answering(() => new Response('x', { status: 206 })),
      'video',
    ),
  ).toEqual({ state: 'trouble' })
  expect(asked.at(-1)).toBe('bytes=0-0')
})

test('what a proxy says is not shown', async () => {
  const client = answering(() => new Response('<h1>Bad gateway</h1>', { status: 502 }))
  expect(await whyNot(client, 'video')).toEqual({ state: 'trouble' })
})

test('no answer at all is trouble', async () => {
  const client = { content: () => Promise.reject(new Error('offline')) }
  expect(await whyNot(client, 'video')).toEqual({ state: 'trouble' })
})
