import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { VideoId } from '@reelay/contracts/task'
import { pictureKey } from '@reelay/media/object-keys'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { parseAnswer } from '../security/raw-request.ts'
import {
  aFile,
  aForm,
  aPng,
  dataUrl,
  fixture,
  MIB,
  prompt,
  spooledFiles,
  traces,
} from '../support/pictures.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const SILENT_MS = 3000
const PIECE = 64 * 1024

let api: TestApp
let user: TestUser
let port: number
let before: Awaited<ReturnType<typeof traces>>
beforeAll(async () => {
  api = await buildTestApp({
    env: { REMIX_ACCEPT_WAIT_MS: '1000' },
    pictureTimes: { silentMs: SILENT_MS },
  })
  user = await api.aUser()
  port = Number(new URL(await api.listen()).port)
  before = await traces(api)
})
afterAll(() => api.stop())

const form = aForm(prompt, aFile(aPng(2 * MIB)))
const jsonBody = {
  payload: Buffer.from(JSON.stringify({ prompt: 'a cat', input_reference: dataUrl(aPng(2 * MIB)) })),
  headers: { 'content-type': 'application/json' },
}

test.each([
  ['form', form, 0.5],
  ['form within its file’s head', form, 0.00008],
  ['form within its last line', form, 0.999999],
  ['JSON body', jsonBody, 0.5],
])('a %s that breaks off leaves nothing', async (_, body, share) => {
  const { socket, closed } = await aRequest(body)
  const half = body.payload.subarray(0, Math.floor(body.payload.length * share))
  await written(socket, half)
  socket.destroy()
  await closed
  await expectNothingLeft()
})

test.each([
  ['form', form],
  ['JSON body', jsonBody],
])('a %s that goes silent is told so after a while, and leaves nothing', async (_, body) => {
  const { socket, closed, heard } = await aRequest(body)
  await written(socket, body.payload.subarray(0, MIB))
  await closed
  const { status, text } = parseAnswer(heard())
  expect(status).toBe(408)
  expect(JSON.parse(text)).toMatchObject({ code: 'request_timeout' })
  await expectNothingLeft()
})

test('a form that goes on arriving may take longer than it may be silent', async () => {
  const { socket, heard } = await aRequest(form, ['Connection: close'])
  const startedAt = performance.now()
  const last = form.payload.length - 1000
  await written(socket, form.payload.subarray(0, last))
  for (let at = last; at < form.payload.length; at += 25) {
    await written(socket, form.payload.subarray(at, at + 25))
    await sleep(SILENT_MS / 30)
  }
  expect(performance.now() - startedAt).toBeGreaterThan(SILENT_MS)
  await expect.poll(heard).toContain('HTTP/1.1 202')
  before = await traces(api)
})

test.each([
  ['form', form],
  ['JSON body', jsonBody],
])('a client that leaves while it waits has its task, with the picture of its %s', async (_, body) => {
  const { socket, closed } = await aRequest(body)
  await written(socket, body.payload)
  await expect.poll(async () => (await api.counts()).rows).toBe(before.rows + 1)
  expect(spooledFiles()).toBe(1)
  socket.destroy()
  await closed
  await expect.poll(spooledFiles).toBe(0)
  await expect.poll(async () => (await api.counts()).jobs).toBe(before.jobs + 1)
  const after = await traces(api)
  const [made] = after.objects.filter((key) => !before.objects.includes(key))
  const row = await api.row((made ?? '').slice('pictures/'.length))
  expect(made).toBe(pictureKey(row.videoId))
  before = after
})

test('clients that leave with their last byte leave a task and its picture, or neither', async () => {
  const somebody = await api.aUser()
  for (let nth = 0; nth < 20; nth += 1) {
    const { payload, headers } = aForm(prompt, aFile(fixture('rgba.png')))
    const { socket, closed } = await aRequest({ payload, headers }, [], somebody.token)
    await written(socket, payload)
    if (nth % 2 === 0) socket.resetAndDestroy()
    else socket.destroy()
    await closed
  }
  await expect.poll(api.connections).toBe(0)
  // Waits for upstream's word longer than any that was begun before it.
  const last = aForm(prompt, aFile(fixture('rgba.png')))
  expect((await somebody.post('/api/video/tasks', last.payload, last.headers)).statusCode).toBe(202)
  await expect.poll(spooledFiles).toBe(0)
  const rows: { videoId: VideoId }[] = (await somebody.get('/api/video/tasks?pageSize=100')).json().data.tasks
  const { objects } = await traces(api)
  const made = objects.filter((key) => !before.objects.includes(key))
  expect(made).toEqual(rows.map(({ videoId }) => pictureKey(videoId)).sort())
  before = await traces(api)
})

test('a client that listens only when it has sent all of it reads why it is refused', async () => {
  const tooLong = aForm(prompt, aFile(aPng(21 * MIB)))
  const twoFiles = aForm(aFile(fixture('rgba.png'), { name: 'image' }), prompt, aFile(aPng(10 * MIB)))
  for (const [{ payload, headers }, status, field] of [
    [tooLong, 413, 'input_reference'],
    [twoFiles, 400, 'image'],
  ] as const) {
    const { socket, heard } = await aRequest({ payload, headers }, ['Connection: close'])
    socket.pause()
    await written(socket, payload)
    socket.resume()
    await expect.poll(heard).toContain(`"field":"${field}"`)
    expect(parseAnswer(heard()).status).toBe(status)
    await expectNothingLeft()
  }
})

test.each([
  ['before the first part', ''],
  ['behind the last part', aForm(prompt, aFile(fixture('rgba.png'))).payload.toString('latin1')],
])('a form that goes on and on %s is cut off', async (_, beginning) => {
  const { socket, closed } = await aRequest({ payload: undefined, headers: form.headers })
  let sent = 0
  const piece = Buffer.alloc(PIECE, ' ')
  socket.write(chunkOf(Buffer.from(beginning, 'latin1')))
  while (!socket.destroyed) {
    if (!socket.write(chunkOf(piece))) await Promise.race([once(socket, 'drain').catch(() => {}), closed])
    sent += PIECE
    if (sent > 200 * MIB) throw new Error('it is read without an end')
  }
  await closed
  await expectNothingLeft()
})

type Body = { payload: Buffer | undefined; headers: { 'content-type': string } }

/** The head of a request over a socket of its own, and what comes back. */
async function aRequest({ payload, headers }: Body, more: string[] = [], token = user.token) {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  onTestFinished(() => void socket.destroy())
  let text = ''
  socket.on('data', (some) => {
    text += some
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  const head = [
    'POST /api/video/tasks HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${token}`,
    `Content-Type: ${headers['content-type']}`,
    payload ? `Content-Length: ${payload.length}` : 'Transfer-Encoding: chunked',
    ...more,
    '\r\n',
  ]
  socket.write(head.join('\r\n'))
  return { socket, closed, heard: () => text }
}

function chunkOf(bytes: Buffer): Buffer {
  if (bytes.length === 0) return bytes
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

function written(socket: ReturnType<typeof connect>, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()))
}

async function expectNothingLeft() {
  await expect.poll(() => traces(api)).toEqual(before)
}
