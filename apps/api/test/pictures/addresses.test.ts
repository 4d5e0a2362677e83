import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aPng, fixture, MIB, traces } from '../support/pictures.ts'
import { buildTestApp, type TestApp, type TestUser } from '../support/test-app.ts'

const FETCH_MS = 1000

let page: RequestListener
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(request.url ?? '')
  page(request, response)
})
/** One that no operator named. */
let privateAsked = 0
const privateServer = createServer((_, response) => {
  privateAsked += 1
  response.end(fixture('rgba.png'))
})
let reasons: unknown[] = []
const log = pino(
  new Writable({
    write(line, _, done) {
      const { msg, reason } = JSON.parse(String(line))
      if (msg === 'picture not fetched') reasons.push(reason)
      done()
    },
  }),
)

let origin: string
let privateOrigin: string
let api: TestApp
let user: TestUser
let before: Awaited<ReturnType<typeof traces>>
beforeAll(async () => {
  origin = await originOf(server)
  privateOrigin = await originOf(privateServer)
  api = await buildTestApp({
    env: { SORA_CONTENT_ORIGINS: origin },
    pictureTimes: { fetchMs: FETCH_MS },
    log,
  })
  user = await api.aUser()
  before = await traces(api)
})
afterAll(async () => {
  for (const each of [server, privateServer]) {
    each.closeAllConnections()
    each.close()
  }
  await api.stop()
})

const tellsHow = {
  en: 'must be an https URL of a public address that answers with a picture within 15 s',
  zh: '必须是公网 https 地址，并在 15 秒内返回图片',
}

describe('an address is refused unvisited', () => {
  test.each<[string, (() => string) | string]>([
    ['by plain http', () => `${privateOrigin}/a.png`],
    ['by plain http from a public address', 'http://192.0.9.1/a.png'],
    ['with a user name', () => origin.replace('//', '//user@')],
    ['with a password', () => origin.replace('//', '//:secret@')],
    ['of this machine', 'https://127.0.0.1/a.png'],
    ['of this machine by another spelling', 'https://2130706433/a.png'],
    ['of this machine in IPv6', 'https://[::1]/a.png'],
    ['of this machine within IPv6', 'https://[::ffff:127.0.0.1]/a.png'],
    ['of a private network', 'https://10.0.0.1/a.png'],
    ['of a private network within IPv6', 'https://[64:ff9b::a00:1]/a.png'],
    ['of metadata of clouds', 'https://169.254.169.254/latest/meta-data'],
    ['by a name of a private address', 'https://localhost/a.png'],
    ['by a name of a private address at another port', 'https://localhost:8443/a.png'],
    ['at a port that is none of the web', 'https://example.org:6379/a.png'],
    ['that is none', 'https://'],
    ['that is longer than any', () => `${origin}/${'a'.repeat(5000)}`],
  ])('%s', async (_, address) => {
    asked = []
    await expectRefused(typeof address === 'string' ? address : address())
    expect({ asked, privateAsked }).toEqual({ asked: [], privateAsked: 0 })
  })

  test('by a guard that looks at where a name leads', async () => {
    reasons = []
    await expectRefused('https://localhost/a.png')
    expect(reasons).toEqual(['not a public address', 'not a public address'])
  })
})

describe('an address is refused that', () => {
  const redirect = (location: () => string): RequestListener => {
    return (_, response) => response.writeHead(302, { location: location() }).end()
  }
  test.each<[string, RequestListener]>([
    ['redirects to this machine', redirect(() => privateOrigin)],
    ['redirects to a private address', redirect(() => 'https://10.0.0.1/a.png')],
    ['redirects to a name of a private address', redirect(() => 'https://localhost/a.png')],
    ['redirects to itself', redirect(() => `${origin}/a.png`)],
    ['redirects on and on', redirect(() => `${origin}/${Math.random()}.png`)],
    ['redirects with a user name', redirect(() => origin.replace('//', '//user@'))],
    ['redirects to a file', redirect(() => 'file:///etc/passwd')],
    ['redirects to nowhere', (_, response) => response.writeHead(302).end()],
    ['has nothing', (_, response) => response.writeHead(404).end(fixture('rgba.png'))],
    ['fails', (_, response) => response.writeHead(500).end()],
    ['sends a part', (_, response) => response.writeHead(206).end(fixture('rgba.png'))],
    ['never answers', () => {}],
    ['hangs up', (request) => request.socket.destroy()],
    ['sends a byte now and then', slowly],
    ['begins and goes silent', (_, response) => void response.write(fixture('rgba.png').subarray(0, 50))],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': 5000 })
        response.write(fixture('rgba.png'), () => response.destroy())
      },
    ],
  ])('%s', async (_, listener) => {
    page = listener
    await expectRefused(`${origin}/a.png`)
    expect(privateAsked).toBe(0)
  })
})

test.each([
  ['a page', Buffer.from('<!doctype html>'), 'must be a JPEG, PNG or WebP picture'],
  ['nothing', Buffer.alloc(0), 'must not be empty'],
  ['half a picture', fixture('rgba.png').subarray(0, 200), 'must be a whole picture'],
])('an address that leads to %s is refused for that', async (_, bytes, message) => {
  page = (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(bytes)
  const answer = await create(`${origin}/a.png`)
  expect(answer.statusCode).toBe(400)
  expect(answer.json().details).toEqual([{ field: 'input_reference', message }])
  await expectNothingLeft()
})

test.each<[string, RequestListener]>([
  ['of 25 MB', (_, response) => response.end(aPng(25_000_000))],
  ['without an end', endless],
])('a picture %s is read no further than 20 MiB', async (_, listener) => {
  // This machine may be busy with others.
  await using patient = await buildTestApp({
    env: { SORA_CONTENT_ORIGINS: origin },
    pictureTimes: { fetchMs: 120_000 },
  })
  const somebody = await patient.aUser()
  page = listener
  const answer = await somebody.post('/api/video/tasks', { prompt: 'a cat', input_reference: `${origin}/a` })
  expect(answer.statusCode).toBe(413)
  expect(answer.json().details).toEqual([{ field: 'input_reference', message: 'must have at most 20 MiB' }])
  expect(await traces(patient)).toMatchObject({ rows: 0, jobs: 0, objects: [], files: 0 })
})

test('a picture is asked for once, without anything of ours or of the client’s', async () => {
  asked = []
  const heads: object[] = []
  page = ({ headers }, response) => {
    heads.push(headers)
    response.end(fixture('rgba.png'))
  }
  expect((await create(`${origin}/a.png?signature=abc#part`)).statusCode).toBe(202)
  expect(asked).toEqual(['/a.png?signature=abc'])
  expect(heads).toEqual([
    {
      host: new URL(origin).host,
      connection: expect.any(String),
      'user-agent': 'reelay',
      accept: 'image/jpeg, image/png, image/webp',
      'accept-encoding': 'identity',
    },
  ])
  before = await traces(api)
})

test('what is not fetched is logged without its address', async () => {
  const lines: string[] = []
  const kept = pino(
    new Writable({
      write(line, _, done) {
        lines.push(String(line))
        done()
      },
    }),
  )
  await using other = await buildTestApp({ env: { SORA_CONTENT_ORIGINS: origin }, log: kept })
  const somebody = await other.aUser()
  page = (request) => request.socket.destroy()
  const address = `${origin}/a-secret-path?signature=a-secret`
  await somebody.post('/api/video/tasks', { prompt: 'a cat', input_reference: address })
  await somebody.post('/api/video/tasks', { prompt: 'a cat', input_reference: 'https://a-secret.invalid/x' })
  expect(lines.filter((line) => line.includes('picture not fetched'))).toHaveLength(2)
  expect(lines.join('')).not.toContain('a-secret')
})

function create(address: string, headers = {}) {
  return user.post('/api/video/tasks', { prompt: 'a cat', input_reference: address }, headers)
}

async function expectRefused(address: string) {
  for (const language of ['en', 'zh'] as const) {
    const answer = await create(address, { 'accept-language': language })
    expect(answer.statusCode).toBe(400)
    const { code, details } = answer.json()
    expect({ code, details }).toEqual({
      code: 'invalid_request',
      details: [{ field: 'input_reference', message: messageFor(address, language) }],
    })
  }
  await expectNothingLeft()
}

function messageFor(address: string, language: 'en' | 'zh') {
  return address.length > 4096 ? expect.stringContaining('4096') : tellsHow[language]
}

async function expectNothingLeft() {
  await expect.poll(() => traces(api)).toEqual(before)
}

function slowly(_: IncomingMessage, response: ServerResponse): void {
  const bytes = fixture('rgba.png')
  response.writeHead(200, { 'content-length': bytes.length })
  let at = 0
  const timer = setInterval(() => response.write(bytes.subarray(at, ++at)), FETCH_MS / 10)
  response.once('close', () => clearInterval(timer))
}

function endless(_: IncomingMessage, response: ServerResponse): void {
  const some = Buffer.alloc(MIB)
  const more = () => {
    while (!response.destroyed && response.write(some));
  }
  response.on('drain', more)
  more()
}

async function originOf(each: Server): Promise<string> {
  await once(each.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(each.address() as AddressInfo).port}`
}
