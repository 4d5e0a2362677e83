import { ListQuery, type VideoId } from '@reelay/contracts/task'
import type { Cursor } from '@reelay/db/task-list'
import { createTaskRepository, type TaskRepository } from '@reelay/db/task-repository'
import { processFolder, removeFolder } from '@reelay/local-services/local-folder'
import { startServices } from '@reelay/local-services/services'
import { openMeasured } from './database-time.ts'
import { BUSY_TASKS, fillMillion, type Millions, taskName } from './million-tasks.ts'

/** One kind of read, in ms: its 99th percentile, beside that of one row by its name in the same run. */
export type ReadFigure = {
  name: string
  ours: number
  bare: number
  ratio: number
  unit: 'ms'
  median: number
}

/** Whose tasks are read: the user's id and number, and how many tasks there are. */
type Reader = { id: string; number: number; tasks: number }
type Read = (reader: Reader, tasks: TaskRepository) => Promise<unknown>

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
export async function benchReads(say: (progress: string) => void = () => {}): Promise<ReadFigure[]> {
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

async function readAll(millions: Millions, say: (progress: string) => void): Promise<ReadFigure[]> {
  const measured = openMeasured(millions)
  const tasks = createTaskRepository(measured.db)
  const figures: ReadFigure[] = []
  for (const [name, read] of Object.entries(reads)) {
    say(name)
    const samples: number[] = []
    for (let i = -WARM_SAMPLES; i < SAMPLES; i += 1) {
      const ms = await measured.measure(() => read(someReader(millions, i), tasks))
      if (i >= 0) samples.push(ms)
    }
    const ours = percentile(99, samples)
    const bare = figures[0]?.ours ?? ours
    figures.push({ name, ours, bare, ratio: ours / bare, unit: 'ms', median: percentile(50, samples) })
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

/** A cursor from anywhere in the last ninety days. */
function somewhere(): Cursor {
  return { at: new Date(Date.now() - Math.random() * 90 * 86_400_000).toISOString(), videoId: 'video_' }
}

function percentile(rank: number, values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((rank / 100) * sorted.length))] ?? 0
}

if (import.meta.main) {
  const figures = await benchReads((progress) => console.error(progress))
  console.log('read'.padEnd(34), 'p50 ms'.padStart(8), 'p99 ms'.padStart(8))
  for (const { name, median, ours } of figures) {
    const cells = [median, ours].map((ms) => ms.toFixed(2).padStart(8))
    console.log(name.padEnd(34), ...cells, ours > TARGET_MS ? 'MISSED' : '')
  }
}
