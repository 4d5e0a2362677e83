import { JobPayload } from '@reelay/contracts/jobs'
import { expect, test } from 'vitest'
import { jobSpan } from '../src/job-span.ts'

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const payload = JobPayload.parse({
  v: 1,
  videoId: 'video_1767225600000_abcdefg',
  attempt: 2,
  requestId: 'request-7',
  traceparent,
})

test.each([
  ['submit', 0, 'parent'],
  ['submit', 59_999, 'parent'],
  ['submit', 60_000, 'link'],
  ['poll', 0, 'link'],
  ['archive', 0, 'link'],
] as const)('a %s of %i ms has the request’s span as its %s', (queue, ageMs, as) => {
  expect(jobSpan(queue, payload, ageMs).origin).toEqual({ traceparent, as })
})

test('a job of no request has a span without an origin', () => {
  const { requestId, traceparent, ...found } = payload
  expect(jobSpan('submit', found, 0)).toMatchObject({ origin: { traceparent: undefined } })
})

test('a span names the task and never what it asks for', () => {
  expect(jobSpan('poll', payload, 0)).toMatchObject({
    name: 'poll',
    attributes: {
      'reelay.video_id': payload.videoId,
      'reelay.attempt': 2,
      'reelay.request_id': 'request-7',
      'messaging.destination.name': 'poll',
    },
  })
})
