import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { Content } from '../src/content/content.ts'
import { type Answer, aClient, anUpstream, id, json, KEY, type Received } from './upstream.ts'

export const BYTES = '\0\0\0\x18ftypmp42'
export const clip: Answer = (response) =>
  response.writeHead(200, { 'content-type': 'video/mp4', 'content-length': BYTES.length }).end(BYTES)
export const nothing = json(404, {})
export const to = (location: string, status = 302): Answer => {
  return (response) => response.writeHead(status, { location }).end('moved')
}
export const originOf = (url: string) => new URL(url).origin
export const hasKey = ({ headers }: Received) => JSON.stringify(headers).includes(KEY)

/** An upstream whose answers depend on the path, the base URL's prefix left away. */
export function aServer(answers: Record<string, Answer>) {
  return anUpstream((response, request) => {
    const path = request.url?.replace(/^\/v1/, '') ?? ''
    const answer = answers[path] ?? nothing
    answer(response, request)
  })
}

/** One whose content redirects there. */
export const redirectingTo = (location: string, more: Record<string, Answer> = {}) =>
  aServer({ '/videos/video_1/content': to(location), ...more })

/** One without content, whose body names the address. */
export const naming = (url: string) =>
  aServer({ '/videos/video_1': json(200, { id, status: 'completed', video_url: url }) })

export function open(baseUrl: string, options: { contentOrigins?: string[]; pollTimeoutMs?: number } = {}) {
  return aClient(baseUrl, options).openContent(id, { signal: new AbortController().signal })
}

export async function played(content: Content): Promise<void> {
  if (content.kind !== 'bytes') throw new Error(JSON.stringify(content))
  expect(await text(content.body)).toBe(BYTES)
}
