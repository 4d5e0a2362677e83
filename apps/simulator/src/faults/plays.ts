import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import { Answer, endlessAnswer, htmlAnswer } from '../answer.ts'
import { noSuchVideo, Problem } from '../problem.ts'

export interface Context {
  value: number | undefined
  request: FastifyRequest
}

export function rateLimited({ value = 1 }: Context) {
  throw new Problem('rate_limited', 'Rate limit reached.', { headers: { 'retry-after': String(value) } })
}

export function outOfQuota() {
  throw new Problem('balance_empty', 'You exceeded your current quota.')
}

export function refused() {
  throw new Problem('invalid', 'The request was refused.', { param: 'prompt' })
}

export function refusedByModeration() {
  throw new Problem('moderated', 'Your request was blocked by our moderation system.', { param: 'prompt' })
}

export function tooManyRunning({ value = 2 }: Context) {
  throw new Problem('too_many_running', `Too many running tasks: ${value}`)
}

export function notServing() {
  throw new Problem('not_serving', 'The service is not ready.')
}

export function noModel() {
  throw new Problem('no_such_model', 'There is no such model.', { param: 'model' })
}

/** A relay sent its own id on to its upstream, which cannot know it. */
export function ownIdSentOn({ value = 404, request }: Context) {
  const { id = '' } = request.params as { id?: string }
  throw new Problem('refused_by_upstream', `Video with id '${id}' not found.`, { status: value })
}

export function notFound({ request }: Context) {
  throw noSuchVideo((request.params as { id?: string }).id ?? '')
}

export function redirected({ request }: Context) {
  const { id } = request.params as { id: string }
  if (request.url.startsWith('/clips/')) return
  throw new Answer(302, { location: `/clips/${encodeURIComponent(id)}.mp4` })
}

export function clipGone() {
  throw new Problem('clip_gone', 'The clip has expired.')
}

export function elsewhere() {
  throw new Problem('elsewhere', 'The clip was uploaded to a store; use its url.')
}

export function badGateway() {
  throw htmlAnswer(502, '502 Bad Gateway')
}

export function serverError() {
  throw htmlAnswer(500, '500 Internal Server Error')
}

export function unavailable() {
  throw htmlAnswer(503, '503 Service Unavailable')
}

export function garbage() {
  throw htmlAnswer(200, 'OK')
}

export async function delay({ value = 1000 }: Context) {
  await wait(value, undefined, { ref: false })
}

const dripMs = 1000
const gigabyte = 1024 ** 3
const beginning = '{"object":"video","id":"'

export function dripping() {
  throw endlessAnswer(Readable.from(beginningThen('x', dripMs)))
}

export function endless() {
  throw endlessAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))))
}

export function huge() {
  throw endlessAnswer(Readable.from(beginningThen('x'.repeat(64 * 1024))), gigabyte)
}

/** JSON whose first string has no end, for as long as somebody reads it. */
async function* beginningThen(more: string, everyMs = 0) {
  yield beginning
  for (;;) {
    if (everyMs > 0) await wait(everyMs, undefined, { ref: false })
    yield more
  }
}

export function silence() {
  return new Promise<never>(() => {})
}

export function reset({ request }: Context) {
  request.raw.socket.resetAndDestroy()
  return silence()
}
