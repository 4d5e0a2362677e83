import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How many videos there are, the first made `since` and the last `until`, in ms since 1970. */
export type Held = { count: number; since: number; until: number }

/**
 * `looks` at single videos and the times between two at the same one, in ms; `pages` of the list; `told`: of how many
 * videos one of both told.
 */
export type Measured = { looks: number; gaps: number[]; pages: number; told: number }

/**
 * A stand-in for upstream that costs as little as can be: every video is being made, for ever. `/hold` sets which there
 * are, `/measured` answers and forgets what it has seen so far.
 */
const PAGE = 100
const lastLookAt = new Map<number, number>()
const told = new Set<number>()
let held: Held = { count: 0, since: 0, until: 0 }
let gaps: number[] = []
let looks = 0
let pages = 0

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  response.setHeader('content-type', 'application/json')
  response.end(answerTo(url))
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))

function answerTo(url: string): string {
  if (url.startsWith('/v1/videos/')) return look(numberOf(url.slice(url.lastIndexOf('/') + 1)))
  if (url.startsWith('/v1/videos')) return page(new URL(url, 'http://upstream').searchParams)
  if (url.startsWith('/hold')) return hold(new URL(url, 'http://upstream').searchParams)
  return measured()
}

function look(number: number): string {
  const now = performance.now()
  const last = lastLookAt.get(number)
  if (last !== undefined) gaps.push(now - last)
  lastLookAt.set(number, now)
  looks += 1
  told.add(number)
  return videoOf(number)
}

/** Newest first. */
function page(query: URLSearchParams): string {
  const after = query.get('after')
  const newest = after ? numberOf(after) - 1 : held.count
  const oldest = Math.max(1, newest + 1 - Math.min(PAGE, Number(query.get('limit') ?? PAGE)))
  const videos: string[] = []
  for (let number = newest; number >= oldest; number -= 1) {
    told.add(number)
    videos.push(videoOf(number))
  }
  pages += 1
  const ends = videos.length > 0 ? `"first_id":"ext_${newest}","last_id":"ext_${oldest}",` : ''
  return `{"object":"list","data":[${videos.join()}],${ends}"has_more":${oldest > 1}}`
}

function videoOf(number: number): string {
  const { count, since, until } = held
  const createdAt = Math.floor((since + ((until - since) * number) / Math.max(1, count)) / 1000)
  return `{"id":"ext_${number}","object":"video","model":"sora-2","status":"in_progress","progress":0,"created_at":${createdAt},"size":"1280x720","seconds":"8"}`
}

function hold(query: URLSearchParams): string {
  const [count = 0, since = 0, until = 0] = ['count', 'since', 'until'].map((name) => Number(query.get(name)))
  held = { count, since, until }
  return '{}'
}

function measured(): string {
  const answer: Measured = { looks, gaps, pages, told: told.size }
  gaps = []
  looks = 0
  pages = 0
  told.clear()
  return JSON.stringify(answer)
}

function numberOf(id: string): number {
  return Number(id.slice('ext_'.length))
}
