import { expect, test } from 'vitest'
import { checkAnswer } from './openapi.ts'

test.each([
  ['GET', '/v1/videos/video_x', { id: 'video_x' }, 200],
  ['GET', '/v1/videos', { object: 'list', data: [{}] }, 200],
  ['POST', '/v1/videos/video_x/remix', { object: 'video' }, 200],
  ['POST', '/v1/videos', { message: 'no' }, 400],
])('an answer to %s %s that upstream could not give is noticed', async (method, path, body, status) => {
  await expect(checkAnswer(method, path, Response.json(body, { status }))).rejects.toThrow('must have')
})
