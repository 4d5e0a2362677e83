import { expect, test } from 'vitest'
import { production } from '../support/admin.ts'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp, type TestApp } from '../support/test-app.ts'

const token = 'a token of the tests'

test('metrics want their token where one is set', async () => {
  await using api = await buildTestApp({ env: { METRICS_TOKEN: token } })
  const user = await api.aUser({ role: 'ADMIN' })
  for (const refused of [await api.app.inject('/metrics'), await user.get('/metrics')]) {
    expect(refused.statusCode).toBe(401)
    expect(refused.body).not.toContain('reelay_')
  }
  const answer = await api.app.inject({ url: '/metrics', headers: { authorization: `Bearer ${token}` } })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['content-type']).toContain('text/plain')
})

test('without a token production serves this machine only', async () => {
  await using api = await buildTestApp({ env: production })
  expect((await api.app.inject({ url: '/metrics', remoteAddress: '10.0.0.7' })).statusCode).toBe(401)
  expect((await api.app.inject({ url: '/metrics' })).statusCode).toBe(200)
})

test('answers are counted by route pattern and never by address', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const { videoId } = await api.aTask(user)
  await user.get(`/api/video/tasks/${videoId}`)
  await user.get(`/nothing/${videoId}`)
  const metrics = await read(api)
  expect(metrics).toMatch(
    /reelay_http_request_seconds_count\{method="GET",route="\/api\/video\/tasks\/:videoId",status="200"\} 1/,
  )
  expect(metrics).toContain('route="none",status="404"')
  expect(metrics).not.toContain(videoId)
  expect(metrics).not.toContain(user.username)
})

test('tasks, queues and stores are told as they are', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  await user.post('/api/video/tasks', { prompt: 'a cat' }, { prefer: 'respond-async' })
  await api.aTask(user, { status: 'PROCESSING' })
  await api.aTask(user, { status: 'COMPLETED' })
  await user.post(`/api/video/tasks/${(await api.aTask(user)).videoId}/cancel`, {})

  const metrics = await read(api)
  expect(seriesValue(metrics, 'reelay_tasks{status="QUEUED"}')).toBe(1)
  expect(seriesValue(metrics, 'reelay_tasks{status="PROCESSING"}')).toBe(1)
  expect(seriesValue(metrics, 'reelay_tasks_oldest_seconds{status="QUEUED"}')).toBeGreaterThan(0)
  expect(seriesValue(metrics, 'reelay_submissions_open{outcome="in_doubt"}')).toBe(0)
  expect(seriesValue(metrics, 'reelay_permits_in_use{upstream="default",credential="default/default"}')).toBe(
    1,
  )
  expect(seriesValue(metrics, 'reelay_queue_jobs{queue="submit",state="prioritized"}')).toBe(1)
  expect(seriesValue(metrics, 'reelay_queue_oldest_seconds{queue="submit"}')).toBeGreaterThan(0)
  expect(seriesValue(metrics, 'reelay_task_moves_total{status="CANCELLED",error_code=""}')).toBe(1)
  expect(seriesValue(metrics, 'reelay_postgres_up')).toBe(1)
  expect(seriesValue(metrics, 'reelay_redis_up')).toBe(1)
  expect(seriesValue(metrics, 'reelay_redis_noeviction')).toBe(1)
  expect(seriesValue(metrics, 'reelay_redis_memory_used_bytes')).toBeGreaterThan(0)
})

test('what is in flight at a credential that nobody has a key of is told apart', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  await api.db.execute(`update video_tasks set credential = 'north/a' where video_id = '${videoId}'`)
  const series = (name: string, credential: string) =>
    `${name}{upstream="${credential.split('/')[0]}",credential="${credential}"}`
  const metrics = await read(api)
  expect(seriesValue(metrics, series('reelay_tasks_at_gone_credentials', 'north/a'))).toBe(1)
  expect(metrics).not.toContain(series('reelay_tasks_at_gone_credentials', 'default/default'))
  expect(metrics).not.toContain(series('reelay_permits_in_use', 'north/a'))
})

test('a store that is away takes no other figure along', async () => {
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' }
  await using api = await buildTestApp({ env })
  const metrics = await read(api)
  expect(seriesValue(metrics, 'reelay_postgres_up')).toBe(0)
  expect(seriesValue(metrics, 'reelay_redis_up')).toBe(0)
  expect(metrics).not.toMatch(/^reelay_tasks\{/m)
  expect(seriesValue(metrics, 'reelay_feed_connections')).toBe(0)
})

test('open feeds and the delay of changes are counted', async () => {
  await using api = await buildTestApp()
  const user = await api.aUser()
  const { videoId } = await api.aTask(user, { status: 'PROCESSING' })
  const feed = await openFeed(await api.listen(), { query: { token: user.token } })
  await feed.heard(videoId)
  const { version } = await api.worker.progress(videoId, 50)
  await feed.heard(videoId, (payload) => payload.version === version)

  const open = await read(api)
  expect(seriesValue(open, 'reelay_feed_connections')).toBe(1)
  expect(seriesValue(open, 'reelay_feed_deliveries_total')).toBe(1)
  expect(seriesValue(open, 'reelay_feed_delay_seconds_count')).toBe(1)
  expect(open).not.toContain('task-updates')

  feed.leave()
  await expect.poll(async () => seriesValue(await read(api), 'reelay_feed_connections')).toBe(0)
})

async function read({ app }: TestApp): Promise<string> {
  return (await app.inject('/metrics')).body
}

function seriesValue(metrics: string, series: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`${series} `))
  return Number(line?.slice(series.length + 1) ?? Number.NaN)
}
