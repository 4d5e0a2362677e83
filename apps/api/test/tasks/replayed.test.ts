import { afterAll, expect, test } from 'vitest'
import { buildTestApp } from '../support/test-app.ts'

const api = await buildTestApp()
afterAll(api.stop)

const zh = { 'accept-language': 'zh-CN' }

test.each([
  ['COMPLETED', 200, 'Task completed', '任务已完成'],
  ['FAILED', 200, 'Task failed', '任务已失败'],
  ['CANCELLED', 200, 'Task cancelled', '任务已取消'],
  ['PROCESSING', 200, 'Remix task submitted', 'Remix 任务已提交'],
  ['QUEUED', 202, 'Remix task submitted', 'Remix 任务已提交'],
] as const)('a request that is sent again hears that its task is %s', async (status, code, en, inChinese) => {
  const user = await api.aUser()
  const source = await api.aTask(user, { status: 'COMPLETED' })
  const send = (headers = {}) =>
    user.post(
      `/api/video/tasks/${source.videoId}/remix`,
      { prompt: 'a dog' },
      { 'idempotency-key': status, prefer: 'respond-async', ...headers },
    )
  const { videoId } = (await send()).json().data
  if (status !== 'QUEUED') await api.worker.accept(videoId)
  if (status === 'COMPLETED') await api.worker.complete(videoId)
  if (status === 'FAILED') await api.worker.fail(videoId, 'worker crashed')
  if (status === 'CANCELLED') await user.post(`/api/video/tasks/${videoId}/cancel`, {})

  const again = await send()
  expect(again.statusCode).toBe(code)
  expect(again.json().data).toMatchObject({ videoId, status: status.toLowerCase(), message: en })
  expect((await send(zh)).json().data.message).toBe(inChinese)
})
