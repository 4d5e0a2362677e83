import { expect, test } from 'vitest'
import { createNewest } from '../src/newest.ts'
import { deletion, event, openStream, reply, serve } from './fake-api.ts'

const statuses = (states: { status: string }[]) => states.map(({ status }) => status)

test.concurrent('following ends with the task and sends the token', async () => {
  await using api = await serve((response) => {
    openStream(response)
    response.write(event(1, 'QUEUED') + event(2, 'PROCESSING') + event(3, 'COMPLETED'))
  })
  const states = await Array.fromAsync(api.client.follow('video_1'))
  expect(statuses(states)).toEqual(['QUEUED', 'PROCESSING', 'COMPLETED'])
  expect(api.asked[0]?.headers.authorization).toBe('Bearer a-token')
  expect(api.asked[0]?.url.searchParams.get('videoId')).toBe('video_1')
  await api.deserted()
})

test.concurrent('following comes back after a cut where it was and repeats nothing', async () => {
  let connections = 0
  await using api = await serve((response) => {
    connections += 1
    openStream(response)
    if (connections === 1)
      response.write(event(1, 'QUEUED') + event(2, 'PROCESSING'), () => response.destroy())
    else response.end(`${event(2, 'PROCESSING')}data: {"type":"ping"}\n\n${event(3, 'FAILED')}`)
  })
  const states = await Array.fromAsync(api.client.follow('video_1'))
  expect(states.map(({ version }) => version)).toEqual([1, 2, 3])
  expect(api.asked[1]?.url.searchParams.get('lastEventId')).toBe('1002')
})

test.concurrent('an event that was cut in two is read whole or not at all', async () => {
  let connections = 0
  await using api = await serve((response) => {
    connections += 1
    openStream(response)
    const text = Buffer.from(event(2, 'PROCESSING', 'video_☃'))
    if (connections === 1) response.write(text.subarray(0, text.length - 1), () => response.destroy())
    else response.end(Buffer.concat([text, Buffer.from(event(3, 'COMPLETED', 'video_☃'))]))
  })
  const states = await Array.fromAsync(api.client.follow('video_☃'))
  expect(states.map(({ version }) => version)).toEqual([2, 3])
  expect(api.asked[1]?.url.searchParams.has('lastEventId')).toBe(false)
})

test.concurrent('following comes back after a 503 and gives up at a 404', async () => {
  const answers = [503, 404]
  await using api = await serve((response) => reply(response, answers.shift() ?? 500, { code: 'gone' }))
  await expect(Array.fromAsync(api.client.follow('video_1'))).rejects.toMatchObject({ code: 'gone' })
  expect(api.asked).toHaveLength(2)
})

test.concurrent('an address that answers no feed is an error', async () => {
  await using api = await serve((response) => response.writeHead(200).end('<html>'))
  await expect(Array.fromAsync(api.client.watch())).rejects.toMatchObject({ code: 'no_feed' })
})

test.concurrent('coming back waits as long as the server asks', async () => {
  let connections = 0
  await using api = await serve((response) => {
    connections += 1
    openStream(response, 700)
    response.end(connections === 1 ? event(1, 'QUEUED') : event(2, 'CANCELLED'))
  })
  await Array.fromAsync(api.client.follow('video_1'))
  const [first, second] = api.asked
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(690)
})

test.concurrent('a reader is told when a connection is open, has ended and is lost', async () => {
  let connections = 0
  await using api = await serve((response) => {
    connections += 1
    if (connections === 2) return void response.destroy()
    openStream(response)
    response.end(event(connections, 'PROCESSING'))
  })
  const told: string[] = []
  for await (const { version } of api.client.watch({ onConnection: (each) => told.push(each) }))
    if (version === 3) break
  expect(told).toEqual(['open', 'ended', 'lost', 'open'])
})

test.concurrent('a silent stream is left and opened anew', async () => {
  const heard: string[] = []
  await using api = await serve(
    (response) => {
      openStream(response)
      response.write(heard.length === 0 ? event(1, 'QUEUED') : event(2, 'COMPLETED'))
    },
    { silenceMs: 400 },
  )
  for await (const { status } of api.client.follow('video_1')) heard.push(status)
  expect(heard).toEqual(['QUEUED', 'COMPLETED'])
  await api.deserted()
})

test.concurrent('a connection that is taken and never answered is left', async () => {
  let connections = 0
  await using api = await serve(
    (response) => {
      connections += 1
      if (connections === 1) return
      openStream(response)
      response.write(event(1, 'COMPLETED'))
    },
    { silenceMs: 300 },
  )
  expect(await Array.fromAsync(api.client.follow('video_1'))).toHaveLength(1)
})

test.concurrent('comments keep a stream alive', async () => {
  await using api = await serve(
    (response) => {
      openStream(response)
      let beats = 0
      const beating = setInterval(() => {
        beats += 1
        response.write(beats < 20 ? ':beat\n\n' : event(1, 'COMPLETED'))
        if (beats === 20) clearInterval(beating)
      }, 500)
    },
    { silenceMs: 8000 },
  )
  expect(await Array.fromAsync(api.client.follow('video_1'))).toHaveLength(1)
  expect(api.asked).toHaveLength(1)
})

test.concurrent('a reader may take longer than a stream may be silent', async () => {
  await using api = await serve(
    (response) => {
      openStream(response)
      response.write(event(1, 'QUEUED'))
      setTimeout(() => response.write(event(2, 'COMPLETED')), 200)
    },
    { silenceMs: 6000 },
  )
  for await (const _ of api.client.follow('video_1'))
    await new Promise((resolve) => setTimeout(resolve, 7000))
  expect(api.asked).toHaveLength(1)
})

test.concurrent('an end that shares its millisecond with the last event is asked for', async () => {
  let connections = 0
  await using api = await serve((response, { url }) => {
    connections += 1
    if (url.searchParams.has('lastEventId')) return void response.writeHead(204).end()
    openStream(response)
    response.end(connections === 1 ? event(1, 'PROCESSING') : event(2, 'CANCELLED'))
  })
  expect(statuses(await Array.fromAsync(api.client.follow('video_1')))).toEqual(['PROCESSING', 'CANCELLED'])
})

test.concurrent('a deleted task is told to who watches', async () => {
  await using api = await serve((response) => {
    openStream(response)
    response.write(event(1, 'COMPLETED'))
    response.write(deletion(2))
    response.write(event(1, 'COMPLETED', 'video_2'))
  })
  const told: string[] = []
  for await (const { videoId } of api.client.watch({ onDeleted: (each) => told.push(each) }))
    if (videoId === 'video_2') break
  expect(told).toEqual(['video_1'])
})

test.concurrent('each connection has a ticket of its own, and no header', async () => {
  let tickets = 0
  const spent = new Set<string>()
  await using api = await serve(
    (response, { url }) => {
      if (url.pathname === '/api/sse/tickets')
        return reply(response, 200, { ticket: `ticket-${++tickets}`, expiresAt: 1 })
      const ticket = url.searchParams.get('ticket') ?? ''
      // The second one has grown old on its way.
      if (spent.has(ticket) || ticket === 'ticket-2') return reply(response, 401, { code: 'unauthorized' })
      spent.add(ticket)
      openStream(response)
      response.end(event(tickets, tickets === 3 ? 'COMPLETED' : 'PROCESSING'))
    },
    { feedAuth: 'ticket' },
  )
  expect(await Array.fromAsync(api.client.follow('video_1'))).toHaveLength(2)
  const feeds = api.asked.filter(({ url }) => url.pathname === '/api/sse/task-updates')
  const taken = feeds.map(({ url }) => url.searchParams.get('ticket'))
  expect(taken).toEqual(['ticket-1', 'ticket-2', 'ticket-3'])
  expect(feeds.some(({ headers }) => headers.authorization)).toBe(false)
})

test.concurrent('a token that is refused when it asks for a ticket ends the feed', async () => {
  await using api = await serve((response) => reply(response, 401, { code: 'unauthorized' }), {
    feedAuth: 'ticket',
  })
  await expect(Array.fromAsync(api.client.watch())).rejects.toMatchObject({ status: 401 })
  expect(api.asked).toHaveLength(1)
})

test.concurrent('a second refused ticket in a row ends the feed', async () => {
  await using api = await serve(
    (response, { url }) =>
      url.pathname === '/api/sse/tickets'
        ? reply(response, 200, { ticket: 'a-ticket', expiresAt: 1 })
        : reply(response, 401, { code: 'unauthorized' }),
    { feedAuth: 'ticket' },
  )
  const feed = Array.fromAsync(api.client.watch())
  await expect(feed).rejects.toMatchObject({ status: 401, code: 'unauthorized' })
  expect(api.asked).toHaveLength(4)
})

test.concurrent.each([
  { name: 'while it listens', stops: false },
  { name: 'between two connections', stops: true },
])('an aborted feed ends $name and leaves no connection', async ({ stops }) => {
  const leaving = new AbortController()
  const reason = new Error('the page is closed')
  await using api = await serve((response) => {
    openStream(response, 60_000)
    response.write(event(1, 'QUEUED'), () => stops && response.end())
    setTimeout(() => leaving.abort(reason), 300)
  })
  await expect(Array.fromAsync(api.client.watch(leaving))).rejects.toBe(reason)
  await api.deserted()
})

test.concurrent('a reader that turns away leaves no connection', async () => {
  await using api = await serve((response) => {
    openStream(response)
    response.write(event(1, 'QUEUED') + event(2, 'PROCESSING'))
  })
  for await (const _ of api.client.watch()) break
  await api.deserted()
})

test('news is what is newer, and the longest unheard task is forgotten', () => {
  const isNews = createNewest(2)
  const seen = (videoId: string, version: number) => isNews({ videoId, version } as never)
  expect([seen('a', 2), seen('a', 2), seen('a', 1), seen('a', 3)]).toEqual([true, false, false, true])
  expect([seen('b', 1), seen('c', 1), seen('b', 1), seen('a', 3)]).toEqual([true, true, false, true])
})
