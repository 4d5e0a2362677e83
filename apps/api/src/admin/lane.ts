import { CredentialId } from '@reelay/contracts/credential'
import { LANES, type Lane, laneId } from '@reelay/contracts/lanes'
import { problems } from '@reelay/contracts/problems'
import { wholeNumber } from '@reelay/contracts/task-requests'
import type { Tasks } from '@reelay/db/tasks'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import type { Queues } from '@reelay/queue/queues'
import type { Upstreams } from '@reelay/upstream/upstreams'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type ApiError, invalid } from '../http/errors.ts'
import { taskAddress } from './lane-link.ts'
import { notKnown, sendReadable } from './readable.ts'

export type OperatorLaneDeps = {
  tasks: Pick<Tasks, 'ofLane'>
  queues: Pick<Queues, 'report'>
  upstreams: Pick<Upstreams, 'registry'>
}

const MOST = 1000

const LaneParams = z.object({
  upstream: z.string(),
  credential: z.string(),
  phase: wholeNumber(0, LANES - 1),
})
type LaneParams = z.infer<typeof LaneParams>

/** The tasks that one job polls, those first that upstream has had for longest, and how it stands with that job. */
export const operatorLane: FastifyPluginAsyncZod<OperatorLaneDeps> = async (app, deps) => {
  const { tasks, queues, upstreams } = deps
  app.get(
    '/admin/lanes/:upstream/:credential/:phase',
    { schema: { params: LaneParams } },
    async ({ params }, reply) => {
      const lane = laneIn(params)
      const rows = lane ? await tasks.ofLane(lane) : []
      const isKnown = lane && (rows.length > 0 || upstreams.registry.credential(lane.credential))
      if (!isKnown) throw unknownCredential(params, upstreams)
      return sendReadable(reply, {
        lane: { id: laneId(lane), ...lane },
        job: await jobOf(lane),
        tasks: rows.toSorted(byAge).slice(0, MOST).map(shown),
        truncated: rows.length > MOST,
      })
    },
  )

  /** `tasks` and `late` are those of its last run. */
  async function jobOf(lane: Lane) {
    const report = await queues.report('poll', lane).catch(() => undefined)
    const { tasks = null, late = null } = report?.notes ?? {}
    return { state: report?.state ?? notKnown, dueAt: report?.dueAt ?? null, tasks, late }
  }
}

function laneIn({ upstream, credential, phase }: LaneParams): Lane | undefined {
  const id = CredentialId.safeParse(`${upstream}/${credential}`)
  return id.success ? { credential: id.data, phase } : undefined
}

function unknownCredential({ upstream }: LaneParams, { registry }: OperatorLaneDeps['upstreams']): ApiError {
  const known = registry.upstream(upstream)
  return known
    ? invalid('credential', problems.oneOf(known.credentials.map(({ name }) => name)))
    : invalid('upstream', problems.oneOf(registry.upstreams.map(({ name }) => name)))
}

function byAge(a: ProcessingTask, b: ProcessingTask): number {
  return a.acceptedAt.getTime() - b.acceptedAt.getTime()
}

function shown({
  videoId,
  attempt,
  progress,
  overdue,
  acceptedAt,
  externalTaskId,
  pollTrouble,
}: ProcessingTask) {
  return {
    videoId,
    attempt,
    status: 'PROCESSING',
    progress,
    overdue,
    acceptedAt,
    externalTaskId,
    pollTrouble,
    task: taskAddress(videoId),
  }
}
