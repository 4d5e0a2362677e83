import type { VideoId } from '@reelay/contracts/task'
import { ListQuery } from '@reelay/contracts/task-requests'
import { createTasks, type Tasks } from '@reelay/db/tasks'
import type { Cursor } from '@reelay/db/tasks/list'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { startServices } from '@reelay/local-services/stores/services'
import { openMeasured } from './database-time.ts'
import type { Figure } from './figure.ts'
import { BUSY_TASKS, fillMillion, type Millions, taskName } from './million-tasks.ts'
import { percentile } from './statistics.ts'

type Reader = { id: string; number: number; tasks: number }
type Read = (reader: Reader, tasks: Tasks) => Promise<unknown>

const SAMPLES = 400
const WARM_SAMPLES = 40
const TARGET_MS = 10

const reads: Record<string, Read> = {
  'one task by its name': (reader, tasks) => tasks.find(someTask(reader)),
  list: ({ id }, tasks) => tasks.list(id, ListQuery.parse({}), undefined),
  'next page by cursor': ({ id }, tasks) => tasks.list(id, ListQuery.parse({ pageSize: '100' }), somewhere()),
  'farthest page by number': ({ id }, tasks) =>
    tasks.list(id, ListQuery.parse({ page: '100', pageSize: '100', orderBy: 'completedAt' }), undefined),
  'list with a status': ({ id }, tasks) =>
    tasks.list(id, ListQuery.parse({ status: 'FAILED', orderBy: 'updatedAt' }), undefined),
  'list of everybody': (_, tasks) => tasks.list(undefined, ListQuery.parse({}), somewhere()),
  'list of everybody with a status': (_, tasks) =>
    tasks.list(undefined, ListQuery.parse({ status: 'QUEUED', orderBy: 'completedAt' }), undefined),
  lineage: (reader, tasks) => tasks.lineage(reader.id, someTask(reader)),
  'snapshot of a user': ({ id }, tasks) => tasks.snapshot(id, [undefined]),
  'page of the sweep': (_, tasks) => tasks.unfinished('', 500),
}

/** Reads of a database with a million tasks, half of them by the user who has a hundred thousand. */
export async function benchReads(say: (progress: string) => void = () => {}): Promise<Figure[]> {
  const dir = processFolder('run')
  const services = await startServices({ dir, only: 'postgres', fsync: false, onProgress: say })
  try {
    const millions = await fillMillion(services.databaseUrl, say)
    try {
      return await readAll(millions, say)
    } finally {
      await millions.drop()
    }
  } finally {
    await services.stop()
    removeFolder(dir)
  }
}

async function readAll(millions: Millions, say: (progress: string) => void): Promise<Figure[]> {
  const measured = openMeasured(millions)
  const tasks = createTasks(measured.db)
  const figures: Figure[] = []
  for (const [name, read] of Object.entries(reads)) {
    say(name)
    const samples: number[] = []
    for (let i = -WARM_SAMPLES; i < SAMPLES; i += 1) {
      const ms = await measured.measure(() => read(someReader(millions, i), tasks))
      if (i >= 0) samples.push(ms)
    }
    const p99 = percentile(samples, 0.99)
    figures.push({ name: `p99 of ${name}`, ours: p99, unit: 'ms', target: TARGET_MS, isMoreBetter: false })
  }
  await measured.close()
  return figures
}

function someReader({ busy, users }: Millions, i: number): Reader {
  if (i % 2 === 0) return { id: busy, number: 0, tasks: BUSY_TASKS }
  const number = 1 + Math.floor(Math.random() * (users.length - 2))
  return { id: users[number] as string, number, tasks: 100 }
}

function someTask({ number, tasks }: Reader): VideoId {
  return taskName(number, Math.floor(Math.random() * tasks)) as VideoId
}

function somewhere(): Cursor {
  return { at: new Date(Date.now() - Math.random() * 90 * 86_400_000).toISOString(), videoId: 'video_' }
}
