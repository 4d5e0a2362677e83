import { setTimeout as sleep } from 'node:timers/promises'
import { firstCredential } from '@reelay/contracts/credential'
import type { ExternalTaskId, VideoId } from '@reelay/contracts/task'
import type { ProcessingTask } from '@reelay/db/tasks/lanes'
import { pino } from 'pino'
import { expect, onTestFinished, vi } from 'vitest'
import { createPages } from '../../src/pages/pages.ts'
import { type Observation, retrieveVideo } from '../../src/retrieve-video.ts'
import type { TestWorker } from '../test-worker.ts'

export const INTERVAL_MS = 5000

/** A video that takes as long goes on little by little. */
export const SLOW_MS = 600_000

export type Heard = Map<ExternalTaskId, Observation>

/** A task whose video has this id upstream. */
export function followed(id: string, of: Partial<ProcessingTask> = {}): ProcessingTask {
  return {
    videoId: `video_of_${id}` as VideoId,
    attempt: 1,
    externalTaskId: id as ExternalTaskId,
    credential: firstCredential,
    acceptedAt: new Date(),
    progress: 0,
    overdue: false,
    pollTrouble: null,
    autoRetriesUsed: 0,
    model: 'sora-2',
    size: '720x1280',
    seconds: '4',
    isImport: false,
    hasPrompt: true,
    ...of,
  }
}

/**
 * Pages of the simulator's list, while time stands still unless a test lets it pass. No task is a sample unless `random`
 * says so.
 */
export async function aList(worker: TestWorker, { random = () => 1 }: { random?: () => number } = {}) {
  await fetch(`${worker.simulator.adminUrl}/reset`, { method: 'POST' })
  await worker.setScript(0, SLOW_MS)
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const lines: Record<string, unknown>[] = []
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(JSON.parse(line)) })
  const pages = createPages({ upstreams: worker.upstreams, pollIntervalMs: INTERVAL_MS, log, random })
  const asked: ExternalTaskId[] = []
  let counted = 0
  const observe = async (task: ProcessingTask) => {
    asked.push(task.externalTaskId)
    return retrieveVideo({ externalId: task.externalTaskId, credential: firstCredential }, worker.upstreams)
  }
  const tell = (tasks: ProcessingTask[], more: { withinMs?: number; observe?: typeof observe } = {}) =>
    pages.tell(firstCredential, tasks, { withinMs: 60_000, observe, ...more })

  async function listRequests(): Promise<number> {
    return (await worker.requests()).filter(({ path }) => path.startsWith('/v1/videos?')).length
  }

  /** Lets time pass when nothing is looked for any more: requests that are under way would seem to take that long. */
  async function pass(ms: number): Promise<void> {
    for (let before = -1, same = 0; same < 5; await sleep(2)) {
      const count = await listRequests()
      same = count === before ? same + 1 : 0
      before = count
    }
    vi.advanceTimersByTime(ms)
  }

  return {
    tell,
    /** Who was asked for by itself. */
    asked,
    warnings: () => lines.map(({ msg, reason }) => ({ msg, reason })),
    pass,

    /** Tells until all have their place. Waiting by vitest would let the time pass that stands still. */
    async settled(tasks: ProcessingTask[], stepMs = 0): Promise<Heard> {
      for (;;) {
        const told = await tell(tasks)
        if (told.size === tasks.length) return told
        await pass(stepMs)
      }
    },

    /** Makes so many videos, and returns a task for each. */
    async make(count: number): Promise<ProcessingTask[]> {
      const tasks: ProcessingTask[] = []
      for (let made = 0; made < count; made += 1) {
        const response = await fetch(`${worker.simulator.url}/videos`, {
          method: 'POST',
          headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
          body: JSON.stringify({ prompt: 'a kite' }),
        })
        tasks.push(followed(((await response.json()) as { id: string }).id))
      }
      return tasks
    },

    /** How often the list was asked for since this was called before. */
    async listed(): Promise<number> {
      const count = await listRequests()
      const before = counted
      counted = count
      return count - before
    },

    /** What is told is what upstream says when it is asked for each. */
    async expectTrue(told: Heard): Promise<void> {
      for (const [id, observation] of told) {
        const alone = await worker.upstream.retrieve(id)
        expect(observation).toMatchObject({ kind: 'video', video: { id } })
        if (observation.kind !== 'video' || alone.kind !== 'video') throw new Error('no video')
        const { status, progress, rawStatus } = alone.video
        expect(observation.video).toMatchObject({ status, progress, rawStatus })
      }
    },
  }
}
