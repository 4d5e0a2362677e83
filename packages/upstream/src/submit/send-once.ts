import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { buildConnector } from 'undici'
import { type BodyText, readBody } from '../answer/read-body.ts'
import { exchange } from './exchange.ts'
import { type BodyParts, bytesOf, type OpenBody, openBody } from './open-body.ts'

export type SendOnceOptions = {
  origin: string
  connectTimeoutMs: number
  /** From the first byte until the answer is read whole. Nothing else aborts a POST that has begun. */
  timeoutMs: number
  /** The first byte leaves within this time of the start of `record`, or not at all. */
  sendWindowMs: number
  maxResponseBytes: number
  /** Writes down that the request is about to leave; false forbids it. */
  record: () => Promise<boolean>
  /** Asked directly before the first byte: a run that has lost its job must not send. */
  maySend: () => boolean
}

export type Post = { path: string; headers: Record<string, string>; body: BodyParts }

export type SentAnswer = { statusCode: number; headers: IncomingHttpHeaders; body: BodyText }

/** Nothing was written. `recorded` says whether `record` had said yes. */
export class NotSentError extends Error {
  recorded: boolean
  constructor(reason: string, recorded: boolean, cause?: unknown) {
    super(reason, { cause })
    this.recorded = recorded
  }
}

/** It was for us not to send it: upstream was not asked for anything, and has no part in it. */
export class NotAskedError extends NotSentError {}

/** Upstream did not answer within the time that it has; it may have received the request. */
export class NoAnswerError extends Error {
  constructor() {
    super('no answer in time')
  }
}

/** A refusal is said by its status: what else it says is not waited for for long. */
const REFUSAL_BODY_MS = 3000

/**
 * Opens what is sent, connects, then records, then writes: one request over a fresh connection of its own. Throws
 * NotSentError when nothing was written; any other error means that upstream may have received it. So does a body that
 * can't be read to its end: what came of it elsewhere nobody knows.
 */
export async function sendOnce(post: Post, options: SendOnceOptions): Promise<SentAnswer> {
  const body = await opened(post)
  try {
    const socket = await connected(options)
    const refusal = await whyNotToSend(socket, options)
    if (refusal) {
      socket.destroy()
      throw refusal
    }
    return await sendOver(socket, post, body, options)
  } finally {
    body.close()
  }
}

async function opened({ body }: Post): Promise<OpenBody> {
  try {
    return await openBody(body)
  } catch (error) {
    throw new NotAskedError('nothing to send', false, error)
  }
}

async function sendOver(
  socket: Socket,
  { path, headers: sent, body }: Post,
  { chunks }: OpenBody,
  { origin, timeoutMs, maxResponseBytes }: SendOnceOptions,
): Promise<SentAnswer> {
  let late: Error | undefined
  const endIn = (ms: number) => {
    return setTimeout(() => {
      late = new NoAnswerError()
      socket.destroy(late)
    }, ms)
  }
  let timer = endIn(timeoutMs)
  try {
    const response = await exchange({ origin, path, headers: sent, bytes: bytesOf(body), chunks }, socket)
    const { statusCode = 0, headers } = response
    if (statusCode >= 300) {
      clearTimeout(timer)
      timer = endIn(Math.min(REFUSAL_BODY_MS, timeoutMs))
    }
    const { text, error } = await readBody(response, headers, { keepBytes: maxResponseBytes })
    return { statusCode, headers, body: { text, error: error && (late ?? error) } }
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function connected({ origin, connectTimeoutMs }: SendOnceOptions): Promise<Socket> {
  const { host, hostname, protocol, port } = new URL(origin)
  const connect = buildConnector({ allowH2: false, timeout: connectTimeoutMs })
  return new Promise((resolve, reject) => {
    connect({ host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port }, (error, socket) => {
      return error ? reject(new NotSentError('no connection', false, error)) : resolve(socket)
    })
  })
}

// biome-ignore lint/complexity/useDateNow: it may follow another machine's clock, and this one is suspended.
const machineNow = () => new Date().getTime()

/** Why the socket may not be written to, if so. Both clocks are asked: a suspended machine stops the monotonic one. */
async function whyNotToSend(socket: Socket, options: SendOnceOptions): Promise<NotSentError | undefined> {
  const startedAt = { monotonic: performance.now(), wall: machineNow() }
  try {
    if (!(await options.record())) return new NotAskedError('not recorded', false)
  } catch (error) {
    return new NotAskedError('record failed', true, error)
  }
  // What has come meanwhile is read, and what was said before the question is no answer to it.
  await setImmediate()
  const elapsedMs = Math.max(performance.now() - startedAt.monotonic, machineNow() - startedAt.wall)
  if (elapsedMs >= options.sendWindowMs) return new NotAskedError('send window passed', true)
  if (socket.destroyed) return new NotSentError('connection lost', true)
  if (socket.readableLength > 0) return new NotSentError('upstream spoke first', true)
  if (!options.maySend()) return new NotAskedError('job lost', true)
  return undefined
}
