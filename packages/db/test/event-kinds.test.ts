import { firstCredential as credential } from '@reelay/contracts/credential'
import type { VideoId } from '@reelay/contracts/task'
import { type TaskEventKind, taskEventKinds } from '@reelay/contracts/timeline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedger, type Ledger } from '../src/ledger.ts'
import { createMoves, type Moves } from '../src/moves.ts'
import type { StoredClip } from '../src/schema.ts'
import { createTasks, type Tasks } from '../src/tasks.ts'
import { createTestDatabase, type TestDatabase } from '../src/test-database.ts'
import { createLives, failure, type Lives, moved } from './lives.ts'
import { anExternalId, aUser } from './rows.ts'

let database: TestDatabase
let moves: Moves
let ledger: Ledger
let tasks: Tasks
let userId: string
let lives: Lives
beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  moves = createMoves(db)
  ledger = createLedger(db)
  tasks = createTasks(db)
  userId = await aUser(db)
  lives = createLives(db, userId)
})
afterAll(() => database.drop())

const clip: StoredClip = { key: 'clips/a/a', bytes: 1, sha256: 'a', type: 'video/mp4' }

type Walk = () => Promise<{ videoId: VideoId; event?: Partial<Event> }>
type Event = Awaited<ReturnType<Tasks['timeline']>>['events'][number]

/** How each kind of event comes about, and what it says beyond its kind. */
const walks: Record<TaskEventKind, Walk> = {
  created: () => lives.aQueued(),
  imported: async () => ({ ...(await lives.anImport()), event: { credential } }),
  uploaded: async () => (await moves.insertUpload({ ...lives.aRequest(), clip })).task,
  sending: async () => ({ ...(await lives.aSending()).task, event: { credential } }),
  accepted: async () => ({ ...(await lives.aProcessing()), event: { credential } }),
  adopted: async () => {
    const { task, run } = await lives.aSending()
    await ledger.markInDoubt(task, run)
    return { ...moved(await ledger.adopt(task, anExternalId())), event: { credential } }
  },
  refused: async () => {
    const { task } = await lives.aSending()
    return { ...moved(await ledger.refuse(task, failure)), event: { credential } }
  },
  not_sent: async () => {
    const { task, run } = await lives.aSending()
    await ledger.markNotSent(task, run, { ms: 1000, because: 'rate_limited' })
    return { ...task, event: { credential, code: 'rate_limited' } }
  },
  in_doubt: async () => {
    const { task, run } = await lives.aSending()
    await ledger.markInDoubt(task, run)
    return { ...task, event: { credential } }
  },
  given_up: async () => ({ ...(await lives.aGivenUp()), event: { credential } }),
  progress: async () => ({
    ...moved(await moves.apply(await lives.aProcessing(), { to: 'PROCESSING', progress: 34 })),
    event: { credential, progress: 34 },
  }),
  overdue: async () => ({
    ...moved(await moves.apply(await lives.aProcessing(), { to: 'PROCESSING', progress: 0, overdue: true })),
    event: { credential },
  }),
  completed: async () => ({ ...(await lives.aCompleted()), event: { credential } }),
  failed: async () => ({
    ...moved(await moves.apply(await lives.aProcessing(), { to: 'FAILED', ...failure })),
    event: { credential, code: failure.errorCode, upstreamCode: failure.upstreamCode },
  }),
  second_try: async () => ({
    ...moved(await moves.apply(await lives.aProcessing(), { to: 'QUEUED', upstreamCode: 'internal_error' })),
    event: { attempt: 2, code: 'upstream_failed', upstreamCode: 'internal_error' },
  }),
  cancelled: async () => moved(await moves.cancel(userId, (await lives.aQueued()).videoId)),
  retried: async () => ({
    ...moved(await moves.retry(userId, (await lives.aGivenUp()).videoId, false)),
    event: { attempt: 2 },
  }),
  archived: async () => ({
    ...moved(await moves.noteClip((await lives.aCompleted()).videoId, clip)),
    event: { credential },
  }),
  archive_lost: async () => ({
    ...moved(await moves.noteClipLost((await lives.aCompleted()).videoId)),
    event: { credential },
  }),
  clip_removed: async () => ({
    ...moved(await moves.removeClip((await lives.aCompleted()).videoId)),
    event: { credential },
  }),
  deleted: async () => ({
    ...moved(await moves.delete(userId, (await lives.aCompleted()).videoId)),
    event: { credential },
  }),
}

test.each(taskEventKinds)('%s is noted once, with what belongs to it', async (what) => {
  const { videoId, event } = await walks[what]()
  const { events } = await tasks.timeline(videoId)
  const nothing = { attempt: 1, credential: null, code: null, upstreamCode: null, progress: null }
  expect(events.filter((each) => each.what === what)).toEqual([
    { at: expect.any(Date), what, ...nothing, ...event },
  ])
})
