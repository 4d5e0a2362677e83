import { createHash, randomUUID } from 'node:crypto'
import { StoreError } from '@reelay/media/store'
import { afterAll, describe, expect, test } from 'vitest'
import { createAnnouncer } from '../src/announce.ts'
import { type UploadRequest, uploadClip } from '../src/upload-clip.ts'
import { openRelay } from './open-relay.ts'

const relay = await openRelay()
afterAll(relay.close)
const user = await relay.aUser()
const { deps } = relay

describe('an upload', () => {
  test('is a completed task with its clip in the store, and announced', async () => {
    const owner = await relay.aUser()
    const heard = await relay.hear(owner)
    const request = anUpload('a day at the sea', { user: owner, prompt: 'the sea', metadata: { scene: 3 } })
    const { task, created } = await uploadClip(request, deps)
    expect(created).toBe(true)
    const { bytes, sha256 } = request.clip
    expect(task).toMatchObject({
      ...{ userId: owner, status: 'COMPLETED', externalTaskId: null, prompt: 'the sea', model: null },
      ...{ metadata: { scene: 3, type: 'upload' }, seconds: '3', size: '640x360', archive: 'done' },
      clip: { bytes, sha256, type: 'video/mp4', key: expect.stringMatching(`^clips/${task.videoId}/`) },
    })
    expect(await stored(task.clip?.key)).toBe('a day at the sea')
    expect(await deps.ledger.earlierSubmissions(task.videoId)).toEqual([])
    await expect
      .poll(() => heard)
      .toMatchObject([{ payload: { videoId: task.videoId, status: 'COMPLETED', clip: { bytes, sha256 } } }])
  })

  test.each([
    [
      { seconds: null, width: null, height: null },
      { seconds: null, size: null },
    ],
    [
      { seconds: 0.2, width: 8, height: 36 },
      { seconds: '1', size: null },
    ],
    [
      { seconds: 4.5, width: 1919, height: 1080 },
      { seconds: '5', size: '1919x1080' },
    ],
    [
      { seconds: 4000, width: 20_000, height: 36 },
      { seconds: null, size: null },
    ],
  ])('that tells %o is of %o', async (told, columns) => {
    const request = anUpload(randomUUID())
    const { task } = await uploadClip({ ...request, clip: { ...request.clip, ...told } }, deps)
    expect(task).toMatchObject(columns)
  })

  test('is no move', async () => {
    const counted: string[] = []
    const announce = createAnnouncer({
      publish: async () => {},
      log: deps.log,
      countMove: ({ videoId }) => counted.push(videoId),
    })
    await uploadClip(anUpload(randomUUID()), { ...deps, announce })
    expect(counted).toEqual([])
  })
})

describe('sent again with its key', () => {
  test('it is the same task, and no second object', async () => {
    const request = anUpload(randomUUID(), { key: randomUUID(), prompt: 'once' })
    const first = await uploadClip(request, deps)
    const again = await uploadClip(request, deps)
    expect(again).toEqual({ created: false, task: first.task })
    expect(await keysWith(request)).toEqual([first.task.clip?.key])
  })

  test('at the same moment, too', async () => {
    const request = anUpload(randomUUID(), { key: randomUUID() })
    const sent = await Promise.all([1, 2, 3].map(() => uploadClip(request, deps)))
    expect(sent.filter(({ created }) => created)).toHaveLength(1)
    expect(new Set(sent.map(({ task }) => task.videoId)).size).toBe(1)
    expect(await keysWith(request)).toEqual([sent[0]?.task.clip?.key])
  })

  test.each([
    ['other bytes', { clip: aClip('something else') }],
    ['another prompt', { prompt: 'another' }],
    ['other metadata', { metadata: { scene: 4 } }],
  ])('%s are refused and leave nothing', async (_, differs) => {
    const request = anUpload(randomUUID(), { key: randomUUID() })
    const { task } = await uploadClip(request, deps)
    const before = await allKeys()
    const other = uploadClip({ ...request, ...differs }, deps)
    await expect(other).rejects.toMatchObject({ code: 'idempotency_key_reused' })
    expect(await allKeys()).toEqual(before)
    expect(await relay.row(task.videoId)).toEqual(task)
  })

  test('other bytes at the same moment are refused and leave nothing', async () => {
    const key = randomUUID()
    const requests = [anUpload(randomUUID(), { key }), anUpload(randomUUID(), { key })]
    const sent = await Promise.allSettled(requests.map((request) => uploadClip(request, deps)))
    expect(sent.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await Promise.all(requests.map(keysWith))).flat()).toHaveLength(1)
  })
})

test('without a key two are two, unless an SDK says that it sends one again', async () => {
  const request = anUpload(randomUUID())
  const first = await uploadClip(request, deps)
  expect(await uploadClip(request, deps)).toMatchObject({ created: true })
  const again = await uploadClip({ ...request, resend: true }, deps)
  expect(again.created).toBe(false)
  expect(again.task.requestHash).toBe(first.task.requestHash)
})

test('a store that can’t be written leaves no row', async () => {
  const key = randomUUID()
  const store = { ...deps.store, put: () => Promise.reject(new StoreError('the store is full')) }
  const upload = uploadClip(anUpload(randomUUID(), { key }), { ...deps, store })
  await expect(upload).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await deps.tasks.findByRequestIds(user, [key])).toEqual([])
})

test('a body that fails on the way to the store leaves neither row nor object', async () => {
  const key = randomUUID()
  const request = anUpload(randomUUID(), { key })
  const before = await allKeys()
  async function* stream() {
    yield Buffer.from('half')
    throw new Error('its client has left')
  }
  const upload = uploadClip({ ...request, clip: { ...request.clip, stream } }, deps)
  await expect(upload).rejects.toThrow('its client has left')
  expect(await allKeys()).toEqual(before)
  expect(await deps.tasks.findByRequestIds(user, [key])).toEqual([])
})

test('an insert whose answer is lost is asked for again, and keeps its clip', async () => {
  let calls = 0
  const moves: typeof deps.moves = {
    ...deps.moves,
    async insertUpload(upload) {
      const inserted = await deps.moves.insertUpload(upload)
      calls += 1
      if (calls === 1) throw Object.assign(new Error('the connection is gone'), { code: 'ECONNRESET' })
      return inserted
    },
  }
  const { task, created } = await uploadClip(anUpload('kept'), { ...deps, moves })
  expect({ calls, created }).toEqual({ calls: 2, created: true })
  expect(await stored(task.clip?.key)).toBe('kept')
})

function anUpload(content: string, of: Partial<UploadRequest> = {}): UploadRequest {
  return { user, key: null, resend: undefined, prompt: '', clip: aClip(content), ...of }
}

function aClip(content: string): UploadRequest['clip'] {
  const bytes = Buffer.from(content)
  return {
    ...{ type: 'video/mp4', bytes: bytes.length, seconds: 3, width: 640, height: 360 },
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *stream() {
      yield bytes
    },
  }
}

async function stored(key: string | undefined): Promise<string | undefined> {
  const body = key && (await deps.store.open(key))
  return body ? Buffer.concat(await Array.fromAsync(body)).toString() : undefined
}

async function allKeys(): Promise<string[]> {
  return (await Array.fromAsync(deps.store.list('clips/'))).map(({ key }) => key).sort()
}

/** Where the bytes of a request lie. */
async function keysWith({ clip }: UploadRequest): Promise<string[]> {
  const wanted = Buffer.concat(await Array.fromAsync(clip.stream())).toString()
  const keys = await allKeys()
  const contents = await Promise.all(keys.map(stored))
  return keys.filter((_, index) => contents[index] === wanted)
}
