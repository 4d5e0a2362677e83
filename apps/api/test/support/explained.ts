import { randomUUID } from 'node:crypto'
import { type CredentialId, firstCredential } from '@reelay/contracts/credential'
import { Explanation } from '@reelay/contracts/explain'
import { jobId, type QueueName } from '@reelay/contracts/jobs'
import { laneId, laneOf } from '@reelay/contracts/lanes'
import type { TaskRow } from '@reelay/db/schema'
import { isProcessing } from '@reelay/db/tasks/lanes'
import { createPresence } from '@reelay/queue/presence'
import { createQueues } from '@reelay/queue/queues'
import { expect } from 'vitest'
import type { TestApp, TestUser } from './test-app.ts'

type Task = Pick<TaskRow, 'videoId' | 'attempt'>

const DELAY_MS = 60_000
const sendingTimes = { sendWindowMs: 2000, sendingMs: 67_000 }

/** What stands between a task and its video, made as workers make it, and what the route says of it. */
export function createExplained(api: TestApp) {
  const where = { connection: api.redis, prefix: api.config.redis.prefix }
  const queues = createQueues(where)
  const presence = createPresence(where)

  return {
    queues,
    presence,
    close: queues.close,

    /** A job as its last run left it, to be run again in a minute. */
    async aSnoozedJob(
      name: Exclude<QueueName, 'poll'>,
      { videoId, attempt }: Task,
      notes: Record<string, number> = {},
    ) {
      const data = { v: 1 as const, videoId, attempt, notes }
      await queueOf(name).add(name, data, { jobId: jobId(videoId, attempt), delay: DELAY_MS })
    },

    /** The job of a task's lane in the same way, in place of one that other tasks may have. */
    async aSnoozedLane(task: TaskRow, notes: Record<string, number> = {}) {
      if (!isProcessing(task)) throw new Error('only a task that is polled has a lane')
      const lane = laneOf(task)
      await queues.remove('poll', lane)
      const data = { v: 2 as const, ...lane, notes }
      await queueOf('poll').add('poll', data, { jobId: laneId(lane), delay: DELAY_MS })
    },

    aSubmission,

    /** As if another credential had made it. */
    async madeBy(user: { id: string }, credential: CredentialId): Promise<TaskRow> {
      const task = await api.aTask(user)
      await aSubmission(task, { credential })
      await api.ledger.accept(task, `up_${randomUUID()}` as never)
      return api.row(task.videoId)
    },

    /** The explanation in English, with `zh`, its text in Chinese: all else is the same in both. */
    async explain(user: TestUser, { videoId }: Pick<Task, 'videoId'>, { hasWorker = true } = {}) {
      await (hasWorker ? presence.stay('a worker') : presence.leave('a worker'))
      const ask = async (language: string) => {
        const headers = { 'accept-language': language }
        const answer = await user.get(`/api/video/tasks/${videoId}/explain`, headers)
        expect(answer.statusCode, answer.body).toBe(200)
        return Explanation.parse(answer.json().data)
      }
      const [told, { text: zh, because }] = [await ask('en'), await ask('zh-CN')]
      expect(because).toBe(told.because)
      expect(told.text).toMatch(/^[\x20-\x7e’]+\.$/)
      expect(zh).toMatch(/\p{Script=Han}.*。$/u)
      return { ...told, zh }
    },
  }

  function queueOf(name: QueueName) {
    const queue = queues.opened().find((each) => each.name === name)
    if (!queue) throw new Error(`no queue ${name}`)
    return queue
  }

  /** A submission that is on its way. */
  async function aSubmission(
    task: Task,
    {
      credential = firstCredential,
      twinKey = randomUUID() as string,
      submitsPerMinute,
    }: { credential?: CredentialId; twinKey?: string; submitsPerMinute?: number } = {},
  ) {
    const run = { runId: randomUUID(), credential, twinKey }
    expect(await api.ledger.beginSubmission(task, run, { ...sendingTimes, submitsPerMinute })).toBe('begun')
    return run
  }
}
