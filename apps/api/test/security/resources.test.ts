import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openFeed } from '../support/feed-client.ts'
import { buildTestApp } from '../support/test-app.ts'
import { pairedDifference } from './paired.ts'
import { parseAnswer, rawRequest } from './raw-request.ts'

const api = await buildTestApp()
afterAll(api.stop)
const origin = await api.listen()
const user = await api.aUser()
const password = 'a long password'

describe.concurrent('a client that', () => {
  test('sends its headers slowly is cut off', async () => {
    const slowly = { text: 'x'.repeat(1000), everyCharacterMs: 100 }
    await expectTimeout(rawRequest(origin, 'GET /health HTTP/1.1\r\nX-Slow: ', slowly))
  })

  test('holds a thousand connections by slow headers loses them all, and others are served', async () => {
    let connected = 0
    const sockets = Array.from({ length: 1000 }, () => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1').resume()
      socket.on('error', () => {})
      socket.once('connect', () => (connected += 1))
      socket.write('GET /health HTTP/1.1\r\nX-Slow: ')
      const drip = setInterval(() => socket.write('x'), 1000)
      // Some are reset by it, since they still write.
      return new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(drip))
    })
    await expect.poll(() => connected).toBe(1000)
    expect((await fetch(`${origin}/health`)).status).toBe(200)
    await Promise.all(sockets)
  })

  test('sends its body slowly is cut off, and one that listens is not', async () => {
    const before = await api.counts()
    const feed = await openFeed(origin, { token: user.token })
    const head = [
      'POST /api/video/tasks HTTP/1.1',
      'Host: a',
      `Authorization: Bearer ${user.token}`,
      'Content-Type: application/json',
      'Content-Length: 900',
      '\r\n',
    ]
    const slowly = { text: `{"prompt":"${'x'.repeat(800)}`, everyCharacterMs: 100 }
    await expectTimeout(rawRequest(origin, head.join('\r\n'), slowly))
    expect(feed.outcome()).toBe('open')
    expect(await api.counts()).toEqual(before)
  })
})

async function expectTimeout(answering: Promise<string>): Promise<void> {
  const { status, text } = parseAnswer(await answering)
  expect(status).toBe(408)
  expect(JSON.parse(text)).toMatchObject({ success: false, code: 'request_timeout' })
}

test('many logins at once leave the process answering', async () => {
  const account = { username: 'a.crowd', email: 'crowd@example.org', password }
  await post('register', account)
  let done = 0
  const logins = Array.from({ length: 40 }, async () => {
    const answer = await post('login', { username: account.username, password })
    done += 1
    return answer.status
  })
  let answered = 0
  while (done < logins.length) {
    expect((await fetch(`${origin}/health`)).status).toBe(200)
    answered += 1
    await sleep(10)
  }
  // Far fewer if each had to wait for the logins before it.
  expect(answered).toBeGreaterThan(10)
  expect(new Set(await Promise.all(logins))).toEqual(new Set([200]))
})

test('a wrong password and an unknown name take the same work to refuse', async () => {
  await post('register', { username: 'a.known.name', email: 'known@example.org', password })
  const refuse = (username: string) => async () =>
    expect((await post('login', { username, password: 'a wrong password' })).status).toBe(401)
  expect(await pairedDifference([refuse('a.known.name'), refuse('an.unknown.name')], 0.1)).toBeLessThan(0.1)
})

function post(path: string, body: object): Promise<Response> {
  return fetch(`${origin}/api/auth/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
