import { createHash, randomUUID } from 'node:crypto'
import { ListQuery } from '@reelay/contracts/task-requests'
import { afterAll, expect, test } from 'vitest'
import { type ClipRequest, deriveFromClip } from '../src/derive-from-clip.ts'
import { aRegistry, openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const { deps } = relay
const edit = { kind: 'edit', prompt: 'mine, but blue' } as const

test('an edit of a clip is made from an upload of it', async () => {
  const request = await aRequest()
  const { task, created } = await deriveFromClip(request, deps)
  expect(created).toBe(true)
  const [made, source] = await theTasks(request)
  expect(made).toMatchObject({
    ...{ videoId: task.videoId, status: 'QUEUED', prompt: 'mine, but blue', seconds: '3' },
    metadata: { type: 'edit', remix_from: source?.videoId },
  })
  const { bytes, sha256 } = request.clip
  expect(source).toMatchObject({ status: 'COMPLETED', metadata: { type: 'upload' }, clip: { bytes, sha256 } })
})

test.each([
  ['with its key', { key: randomUUID(), resend: undefined }],
  ['without one, as the client says', { key: null, resend: true }],
])('sent again %s it is the same task and the same upload', async (_, again) => {
  const request = { ...(await aRequest()), key: again.key }
  const first = await deriveFromClip(request, deps)
  const second = await deriveFromClip({ ...request, ...again }, deps)
  expect(second).toMatchObject({ created: false, task: { videoId: first.task.videoId } })
  expect(await theTasks(request)).toHaveLength(2)
})

test.each([
  ['with its key', { key: randomUUID(), resend: undefined }],
  ['without one, as the client says', { key: null, resend: true }],
])('sent again %s after a process died before the task it takes the upload', async (_, again) => {
  const request = { ...(await aRequest()), key: again.key }
  const dies = () => Promise.reject(new Error('it died'))
  const moves = { ...deps.moves, insert: dies, insertOnce: dies }
  await expect(deriveFromClip(request, { ...deps, moves })).rejects.toThrow('it died')
  const [source] = await theTasks(request)
  const { task } = await deriveFromClip({ ...request, ...again }, deps)
  expect(task.metadata.remix_from).toBe(source?.videoId)
  expect(await theTasks(request)).toHaveLength(2)
})

test.each([
  ['with one key', randomUUID()],
  ['without one', null],
])('sends that overlap %s make one task, and one clip is kept', async (_, key) => {
  const request = { ...(await aRequest()), key }
  const sends = [false, true, true].map((resend) => deriveFromClip({ ...request, resend }, deps))
  const sent = await Promise.all(sends)
  expect(new Set(sent.map(({ task }) => task.videoId)).size).toBe(1)
  expect(sent.filter(({ created }) => created)).toHaveLength(1)
  const tasks = await theTasks(request)
  expect(tasks.filter(({ metadata }) => metadata.type === 'edit')).toHaveLength(1)
  const kept = tasks.filter(({ clip }) => clip !== null)
  expect(kept.map(({ videoId }) => videoId)).toEqual([sent[0]?.task.metadata.remix_from])
})

test('without a key two are two', async () => {
  const request = await aRequest()
  const sent = [await deriveFromClip(request, deps), await deriveFromClip(request, deps)]
  expect(sent).toMatchObject([{ created: true }, { created: true }])
})

test.each<[string, Partial<ClipRequest>]>([
  ['other bytes', { clip: aClip('other bytes') }],
  ['another prompt', { derivation: { ...edit, prompt: 'another' } }],
  ['another kind', { derivation: { ...edit, kind: 'extension', seconds: '4' } }],
])('a key is not that of %s', async (_, differs) => {
  const request = { ...(await aRequest()), key: randomUUID() }
  await deriveFromClip(request, deps)
  await expect(deriveFromClip({ ...request, ...differs }, deps)).rejects.toMatchObject({
    code: 'idempotency_key_reused',
  })
  expect(await theTasks(request)).toHaveLength(2)
})

test('where no upstream takes a clip nothing is kept', async () => {
  const derive = [{ verb: 'edit', path: '/videos/edits', source: 'id-in-body', field: 'video.id' }]
  const request = await aRequest()
  const upstreams = { registry: aRegistry({ derive }) }
  await expect(deriveFromClip(request, { ...deps, upstreams })).rejects.toMatchObject({
    code: 'not_supported_upstream',
    details: [{ field: 'source', message: expect.stringMatching(/^no upstream makes an edit from a clip/) }],
  })
  await expect(
    deriveFromClip({ ...request, derivation: { ...edit, upstream: 'elsewhere' } }, deps),
  ).rejects.toMatchObject({ code: 'upstream_not_found' })
  expect(await theTasks(request)).toEqual([])
})

async function aRequest(): Promise<ClipRequest> {
  const user = await relay.aUser()
  return { user, key: null, resend: undefined, derivation: edit, clip: aClip(randomUUID()), wait: false }
}

function aClip(content: string): ClipRequest['clip'] {
  const bytes = Buffer.from(content)
  return {
    ...{ type: 'video/mp4', bytes: bytes.length, seconds: 3, width: 640, height: 360 },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *stream() {
      yield bytes
    },
  }
}

/** Newest first. */
async function theTasks({ user }: ClipRequest) {
  return (await deps.tasks.list(user, ListQuery.parse({}), undefined)).tasks
}
