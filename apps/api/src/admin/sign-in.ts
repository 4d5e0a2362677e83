import { LoginBody } from '@reelay/contracts/auth'
import { problems } from '@reelay/contracts/problems'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { CredentialsCheck } from '../accounts/credentials-check.ts'
import { explain } from '../http/error-handler.ts'
import { ApiError, invalid } from '../http/errors.ts'
import { readable } from '../http/json-body.ts'
import { preferredLanguage } from '../http/language.ts'
import { isEncodedText } from '../http/single-headers.ts'
import { signIn, signOut } from './operator.ts'
import { signInPage, signInPolicy } from './sign-in-page.ts'
import { ownPage, signInAddress } from './wanted-page.ts'

export type SignInDeps = { checkCredentials: CredentialsCheck; secure: boolean }

const FORM_MAX_BYTES = 4096

export const signInRoutes: FastifyPluginAsyncZod<SignInDeps> = async (app, { checkCredentials, secure }) => {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: FORM_MAX_BYTES },
    async ({ headers }: FastifyRequest, bytes: Buffer) => readForm(readable(headers, bytes)),
  )

  app.get('/admin/sign-in', async (request, reply) => show(request, reply))

  app.post(
    '/admin/sign-in',
    {
      schema: { body: LoginBody },
      errorHandler: (error, request, reply) => {
        const { status, message } = explain(error, request)
        void show(request, reply.code(status), message)
      },
    },
    async (request, reply) => {
      const user = await checkCredentials(request, reply)
      // The same word as for a wrong password: nobody learns here that a stolen one is right.
      if (user.role !== 'ADMIN') throw new ApiError('invalid_credentials')
      request.log.info({ userId: user.id }, 'operator signed in')
      signIn(reply, user, { secure })
      return reply.redirect(wantedOf(request) ?? '/admin/queues', 303)
    },
  )

  app.get('/admin/sign-out', async (_, reply) => {
    signOut(reply)
    return reply.redirect('/admin/sign-in', 303)
  })
}

function readForm(form: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(form)) {
    if (Object.hasOwn(fields, name)) throw invalid(name, problems.givenTwice)
    fields[name] = value
  }
  if (!isEncodedText(form)) throw invalid('body', problems.utf8)
  return fields
}

function show(request: FastifyRequest, reply: FastifyReply, problem?: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', signInPolicy)
    .header('vary', 'accept-language')
    .send(
      signInPage(preferredLanguage(request.headers['accept-language']), {
        action: signInAddress(wantedOf(request)),
        problem,
      }),
    )
}

function wantedOf({ query }: FastifyRequest): string | undefined {
  return ownPage((query as { next?: unknown }).next)
}
