import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Answer } from './answer.ts'
import type { Dialect } from './dialect.ts'
import { Problem, wordsFor } from './problem.ts'

/** Sends what a route threw, in the words of the dialect that is spoken then. */
export function createErrorSender(spoken: () => Dialect) {
  return (error: FastifyError | Problem | Answer, request: FastifyRequest, reply: FastifyReply) => {
    if (error instanceof Answer) return reply.code(error.status).headers(error.headers).send(error.body)

    const problem = error instanceof Problem ? error : unforeseen(error, request)
    const { problems, contentProblems, problemBody } = spoken()
    const { scope } = request.routeOptions.config
    const told = wordsFor(problem, problems, scope === 'content' ? contentProblems : undefined)
    return reply
      .code(told.status)
      .headers(problem.more.headers ?? {})
      .send(problemBody(told, scope))
  }
}

export function noSuchRoute({ method, url }: FastifyRequest): never {
  throw new Problem('no_such_route', `Invalid URL (${method} ${url})`)
}

function unforeseen(error: FastifyError, { log }: FastifyRequest): Problem {
  const status = error.statusCode ?? 500
  if (status === 415) return new Problem('wrong_encoding', error.message)
  if (status < 500) return new Problem('invalid', error.message, { status })
  log.error(error)
  return new Problem('unexpected', error.message, { status })
}
