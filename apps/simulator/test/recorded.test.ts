import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkAnswer } from './openapi.ts'
import { aSimulation, key } from './simulation.ts'

interface Recording {
  call: string
  requests: { method: string; path: string; headers: Record<string, string>; body: string }[]
}

const file = new URL('./fixtures/openai-sdk-requests.json', import.meta.url)
const sdks: Record<string, { calls?: Recording[] }> = JSON.parse(readFileSync(file, 'utf8'))
const recordings = Object.entries(sdks).flatMap(([sdk, { calls = [] }]) =>
  calls.filter(({ call }) => !call.includes('answered')).map((recording) => ({ sdk, ...recording })),
)

test.each(recordings)('$sdk $call as recorded gets an answer upstream could give', async ({ requests }) => {
  const { simulator, admin } = await aSimulation()
  const { id } = (await admin('POST', '/videos', { prompt: 'a fox' })) as { id: string }
  const known = (text: string) => text.replaceAll(/\bvideo_1(23)?\b|(?<=\/videos\/)v\b/g, id)

  for (const { method, path, headers, body } of requests) {
    const { host: _, 'content-length': __, ...rest } = headers
    const url = simulator.url + known(path.replace('/v1', ''))
    const authorized = { ...rest, authorization: `Bearer ${key}` }
    const response = await fetch(url, { method, headers: authorized, body: body === '' ? null : known(body) })
    await checkAnswer(method, new URL(url).pathname, response.clone())
    expect(response.status).toBe(path.includes('%2F') ? 404 : 200)
  }
})
