import type { Socket } from 'node:net'
import { buildConnector, Client, type Dispatcher } from 'undici'

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

/** Nothing was written. `recorded` says whether `record` had said yes. */
export class NotSentError extends Error {
  recorded: boolean
  constructor(reason: string, recorded: boolean, cause?: unknown) {
    super(reason, { cause })
    this.recorded = recorded
  }
}

/**
 * Connects, then records, then writes: one request over a fresh connection of its own. Throws NotSentError
 * when nothing was written; any other error means that upstream may have received it.
 */
export async function sendOnce(
  request: Omit<Dispatcher.RequestOptions, 'method' | 'signal'>,
  options: SendOnceOptions,
): Promise<{ response: Dispatcher.ResponseData; text: string }> {
  let handedOver = false
  let failure: NotSentError | undefined
  const timeout = new AbortController()
  let timer: NodeJS.Timeout | undefined

  const connect = buildConnector({ allowH2: false, timeout: options.connectTimeoutMs })
  const client = new Client(options.origin, {
    allowH2: false,
    headersTimeout: options.timeoutMs,
    bodyTimeout: options.timeoutMs,
    maxResponseSize: options.maxResponseBytes,
    connect: (target, callback) => {
      if (handedOver) return callback(new Error('one connection a submission'), null)
      connect(target, async (error, socket) => {
        if (error) {
          failure = new NotSentError('no connection', false, error)
          return callback(error, null)
        }
        failure = await permission(socket, options)
        if (failure) {
          socket.destroy()
          return callback(failure, null)
        }
        handedOver = true
        timer = setTimeout(() => timeout.abort(new Error('no answer in time')), options.timeoutMs)
        callback(null, socket)
      })
    },
  })

  try {
    const response = await client.request({ ...request, method: 'POST', signal: timeout.signal })
    return { response, text: await response.body.text() }
  } catch (error) {
    if (handedOver) throw error
    throw failure ?? new NotSentError('not connected', false, error)
  } finally {
    clearTimeout(timer)
    await client.destroy()
  }
}

// biome-ignore lint/complexity/useDateNow: it may follow another machine's clock, and this one is suspended.
const machineNow = () => new Date().getTime()

/** Why the socket may not be written to, if so. Both clocks are asked: a suspended machine stops the monotonic one. */
async function permission(socket: Socket, options: SendOnceOptions): Promise<NotSentError | undefined> {
  const startedAt = { monotonic: performance.now(), wall: machineNow() }
  try {
    if (!(await options.record())) return new NotSentError('not recorded', false)
  } catch (error) {
    return new NotSentError('record failed', true, error)
  }
  const elapsedMs = Math.max(performance.now() - startedAt.monotonic, machineNow() - startedAt.wall)
  if (elapsedMs >= options.sendWindowMs) return new NotSentError('send window passed', true)
  if (socket.destroyed) return new NotSentError('connection lost', true)
  if (!options.maySend()) return new NotSentError('job lost', true)
  return undefined
}
