import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { jobPayloads, LanePayload, type QueueName } from '@reelay/contracts/jobs'
import { loggableReason } from '@reelay/db/errors'
import type { Queues } from '@reelay/queue/queues'
import type { FastifyPluginAsync } from 'fastify'
import { sendError } from '../http/error-handler.ts'
import { ApiError } from '../http/errors.ts'
import { laneAddress, taskAddress } from './lane-link.ts'

export type BoardDeps = { queues: Queues; readOnly: boolean; isRedisConnected: () => boolean }

const PREFIX = '/admin/queues'

/** The board is other people's page: it may style itself, and load nothing from elsewhere. */
const policy = [
  `default-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `object-src 'none'`,
  `base-uri 'self'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
].join('; ')

const uiConfig = {
  boardTitle: 'Reelay',
  hideRedisDetails: true,
  hideDocsLink: true,
  showWorkers: false,
  miscLinks: [{ text: 'Sign out', url: '/admin/sign-out' }],
}

type Queue = ReturnType<Queues['opened']>[number]

/** Bull Board. Whoever registers it has checked who asks. */
export const board: FastifyPluginAsync<BoardDeps> = async (app, { queues, readOnly, isRedisConnected }) => {
  const serverAdapter = new FastifyAdapter().setBasePath(PREFIX)
  let shown = queues.opened()
  const { replaceQueues } = createBullBoard({
    queues: shown.map((queue) => adapterOf(queue, readOnly)),
    serverAdapter,
    options: { uiConfig },
  })
  // Its own would answer with the error's message. What is thrown on is answered as everywhere else.
  serverAdapter.setErrorHandler((error: Error & { statusCode?: number }) => {
    if (error instanceof ApiError || (error.statusCode ?? 500) < 500) throw error
    app.log.error({ reason: loggableReason(error) }, 'board request failed')
    return { status: 500, body: { error: { key: 'ERRORS.INTERNAL_SERVER_ERROR' } } }
  })

  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', policy)
    if (readOnly && request.method !== 'GET' && request.method !== 'HEAD') {
      return reply.code(405).send({ error: { key: 'ERRORS.QUEUE_READ_ONLY' } })
    }
    // BullMQ would wait for a connection, and the page with it.
    const asksRedis = request.routeOptions.url?.startsWith(`${PREFIX}/api/`)
    if (asksRedis && !isRedisConnected()) return sendError(new ApiError('unavailable'), request, reply)
    showWhatIsOpen()
  })
  app.addHook('onSend', async (_, reply, payload) =>
    isPage(reply.getHeader('content-type')) ? withoutForeignFonts(String(payload)) : payload,
  )
  await app.register(serverAdapter.registerPlugin(), { prefix: PREFIX })

  /** Queues that never met their Redis are opened anew, and the board must follow. */
  function showWhatIsOpen(): void {
    const opened = queues.opened()
    if (opened.every((queue, i) => queue === shown[i])) return
    shown = opened
    replaceQueues(opened.map((queue) => adapterOf(queue, readOnly)))
  }
}

function adapterOf(queue: Queue, readOnly: boolean): BullMQAdapter {
  const payload = jobPayloads[queue.name as QueueName]
  const adapter = new BullMQAdapter(queue, {
    readOnlyMode: readOnly,
    externalJobUrl: ({ data }) => linkOf(data),
  })
  // Whatever else somebody put into a job is not for show.
  adapter.setFormatter('data', (data) => payload.safeParse(data).data ?? {})
  adapter.setFormatter('returnValue', () => null)
  return adapter
}

/** From a job to what it works on: the tasks of a lane, or a task. */
function linkOf(data: { videoId?: unknown } | undefined) {
  const lane = LanePayload.safeParse(data).data
  return lane
    ? { displayText: 'Tasks of this lane', href: laneAddress(lane) }
    : { displayText: 'Task', href: taskAddress(String(data?.videoId)) }
}

function isPage(type: unknown): boolean {
  return String(type).startsWith('text/html')
}

function withoutForeignFonts(html: string): string {
  return html.replace(/<link href="https:\/\/fonts\.googleapis\.com[^>]*>/, '')
}
