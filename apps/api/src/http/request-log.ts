import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'

export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'requestId' })
  }

  override incomingRequest(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply) {
    const told = { req: request, res: reply, responseTime: reply.elapsedTime }
    if (error) reply.log.error({ ...told, err: error }, 'request errored')
    else reply.log.info(told, 'request completed')
  }
}

/** Hook: the line of a request whose client has gone without an answer, or left a feed. */
export async function logAbort(request: FastifyRequest): Promise<void> {
  request.log.info({ req: request }, 'request aborted')
}

/** Query strings carry tokens, and content links are keys by themselves: neither is logged. */
export function loggedRequest({ method, url, ip, routeOptions }: FastifyRequest) {
  const pattern = routeOptions?.url
  // However the address is spelled, and where it almost is that of a link.
  const path = pattern?.includes(':signed')
    ? pattern.replace(':signed', '[signed]')
    : (url.split('?')[0] ?? '').replace(/(\/api\/+video\/+content\/+)[^/]+/, '$1[signed]')
  return { method, path: path.slice(0, 200), ip }
}
