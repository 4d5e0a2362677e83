import { createQueues } from '@reelay/queue/queues'
import { createEvents } from '@reelay/telemetry/events'
import { type NewSpan, noTracing, type Tracing } from '@reelay/telemetry/tracing'
import { createRegistry } from '@reelay/upstream/registry/registry'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { registerWorkerMetrics } from '../src/metrics.ts'
import { aWorker } from './a-worker.ts'

test('the acceptance of an attempt is logged with the request it goes back to', async () => {
  await using running = await aWorker({}, { sweeps: false })
  const { videoId, attempt } = await running.aTask()
  await running.queues.enqueueSubmit({ videoId, attempt, requestId: 'request-7' })
  await expect.poll(() => running.statusOf({ videoId })).toBe('COMPLETED')
  await expect.poll(() => moves(running.lines, videoId).map(({ status }) => status)).toContain('COMPLETED')

  const told = moves(running.lines, videoId)
  expect(told.at(0)).toMatchObject({ status: 'PROCESSING', attempt: 1, requestId: 'request-7' })
  // Polls are those of many requests.
  expect(told.slice(1).filter(({ requestId }) => requestId !== undefined)).toEqual([])
})

test('a prompt submit is part of what asked for it, and its polls are looks of their own', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  const spans: NewSpan[] = []
  const tracing: Tracing = {
    ...noTracing,
    run(span, work) {
      spans.push(span)
      return work()
    },
  }
  await using running = await aWorker({ ARCHIVE: 'on' }, { sweeps: false, tracing })
  const { videoId, attempt } = await running.aTask()
  const asked = createQueues({
    connection: running.redis,
    prefix: running.config.redis.prefix,
    origin: () => ({ traceparent }),
  })
  onTestFinished(() => asked.close())
  await asked.enqueueSubmit({ videoId, attempt })
  const spanOf = (name: string) => spans.find((span) => span.name === name)
  await expect.poll(() => spanOf('archive')?.attributes).toMatchObject({ 'reelay.video_id': videoId })
  expect(spanOf('submit')?.origin).toEqual({ traceparent, as: 'parent' })
  expect(spanOf('poll')?.attributes).toMatchObject({ 'reelay.credential': 'default/default' })
  expect(spanOf('observe')?.attributes).toMatchObject({ 'reelay.video_id': videoId, 'reelay.attempt': 1 })
  expect(spans.find(({ name }) => name === 'upstream submit')).toMatchObject({ kind: 'client' })
})

test('a task that the sweep found is logged without a request', async () => {
  await using running = await aWorker()
  const task = await running.aTask()
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
  expect(moves(running.lines, task.videoId)[0]).not.toHaveProperty('requestId')
})

test('videos that were found again are counted by credential, from zero on', async () => {
  const [events, metrics] = [createEvents(), new Registry()]
  const { credentials } = createRegistry([
    {
      name: 'east',
      dialect: undefined,
      dialectName: 'openai',
      baseUrl: 'http://127.0.0.1:9/v1',
      credentials: [{ name: 'a' }, { name: 'b' }],
    },
  ])
  registerWorkerMetrics(metrics, events, credentials)
  events.emit('videoFoundAgain', { credential: credentials[0]?.id as never })
  const text = await metrics.metrics()
  const series = (name: string) =>
    `reelay_videos_found_again_total{upstream="east",credential="east/${name}"}`
  expect(text).toContain(`${series('a')} 1`)
  expect(text).toContain(`${series('b')} 0`)
})

test('a worker counts what it asked, moved and swept', async () => {
  await using running = await aWorker({ SORA_MAX_IN_FLIGHT: '7' })
  const task = await running.aTask('a red kite [fault:poll_error=1]')
  await running.queues.enqueueSubmit(task)
  await expect.poll(() => running.statusOf(task)).toBe('COMPLETED')
  await expect
    .poll(async () => (await running.metrics()).get('reelay_steps_total{queue="poll",outcome="done"}'))
    .toBe(1)

  const metrics = await running.metrics()
  const value = (series: string) => metrics.get(series) ?? Number.NaN
  expect(
    value(
      'reelay_upstream_calls_total{upstream="default",credential="default/default",operation="submit",outcome="created"}',
    ),
  ).toBe(1)
  expect(
    value(
      'reelay_upstream_calls_total{upstream="default",credential="default/default",operation="retrieve",outcome="video"}',
    ),
  ).toBeGreaterThan(0)
  expect(
    value(
      'reelay_upstream_seconds_count{upstream="default",credential="default/default",operation="submit"}',
    ),
  ).toBe(1)
  expect(value('reelay_task_moves_total{status="COMPLETED",error_code=""}')).toBe(1)
  expect(value('reelay_steps_total{queue="submit",outcome="done"}')).toBe(1)
  expect(value('reelay_steps_total{queue="poll",outcome="snooze"}')).toBeGreaterThan(0)
  expect(value('reelay_job_lateness_seconds_count{queue="poll"}')).toBeGreaterThan(0)
  expect(value('reelay_sweep_finished_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60)
  expect(value('reelay_permits_limit{upstream="default",credential="default/default"}')).toBe(7)
  expect(value('reelay_queue_errors_total{queue="submit"}')).toBe(0)
  expect(value('reelay_postgres_up')).toBe(1)
})

function moves(lines: Record<string, unknown>[], videoId: string) {
  return lines.filter((line) => line.msg === 'task moved' && line.videoId === videoId)
}
