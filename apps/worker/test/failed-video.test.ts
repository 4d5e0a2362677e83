import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { startOddUpstream } from './odd-upstream.ts'
import { buildTestWorker } from './test-worker.ts'

/** Has a task made whose video fails so, polls it until nothing is left to do, and tells for how many POSTs. */
async function followed(failure: object) {
  let posts = 0
  const upstream = await startOddUpstream(async (request, response) => {
    await text(request)
    if (request.method === 'POST') posts += 1
    const state = request.method === 'POST' ? { status: 'queued' } : failure
    response.end(JSON.stringify({ id: request.method === 'POST' ? `v${posts}` : 'v', ...state }))
  })
  const worker = await buildTestWorker({
    upstream: {
      baseUrl: upstream.baseUrl,
      submitTimeoutMs: 30_000,
      pollTimeoutMs: 30_000,
    },
  })
  onTestFinished(async () => {
    await worker.close()
    await upstream.close()
  })
  let task = await worker.aTask()
  for (let n = 0; n < 3 && (task.status === 'QUEUED' || task.status === 'PROCESSING'); n += 1) {
    await worker.submit(task, worker.run())
    await worker.poll(task)
    task = (await worker.tasks.find(task.videoId)) ?? task
  }
  return { task, posts }
}

test.each<[object, string, string, string | null]>([
  [
    { error: 'blocked by our content moderation' },
    'moderation_blocked',
    'blocked by our content moderation',
    null,
  ],
  [
    { error: '{"code":"moderation_blocked","message":"no"}' },
    'moderation_blocked',
    'no',
    'moderation_blocked',
  ],
  [{ error: { code: 400, message: '参数错误' } }, 'upstream_failed', '参数错误', '400'],
  [{ error: null, fail_reason: '余额不足' }, 'insufficient_quota', '余额不足', null],
  [
    { status: 'expired', error: { type: 'invalid_request_error', message: 'no' } },
    'upstream_failed',
    'no',
    'invalid_request_error',
  ],
])('a video that failed with %j is paid for once', async (failure, errorCode, errorMessage, upstreamCode) => {
  const { task, posts } = await followed({ status: 'failed', ...failure })
  expect(task).toMatchObject({ status: 'FAILED', attempt: 1, errorCode, errorMessage, upstreamCode })
  expect(posts).toBe(1)
})

test.each([{}, { error: { code: 'internal_error', message: 'could not render' } }])(
  'a video that failed with %j is paid for a second time',
  async (failure) => {
    const { task, posts } = await followed({ status: 'failed', ...failure })
    expect(task).toMatchObject({ status: 'FAILED', attempt: 2, errorCode: 'upstream_failed' })
    expect(posts).toBe(2)
  },
)
