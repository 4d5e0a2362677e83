import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { mediaOfBytes } from './media.ts'
import { Problem } from './problem.ts'

/** Makes routes see plain objects, whether a body came as JSON or as a form; a file becomes a `Media`. */
export async function acceptBodies(app: FastifyInstance) {
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    limits: { fileSize: 64 * 1024 * 1024 },
    async onFile(part) {
      Object.assign(part, {
        value: mediaOfBytes(await part.toBuffer(), part.mimetype, part.filename ?? null),
      })
    },
  })

  // Some clients send a JSON type with an empty body.
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => {
      try {
        return text === '' ? {} : JSON.parse(text)
      } catch {
        throw new Problem('invalid', 'We could not parse the JSON body of your request.')
      }
    },
  )
}
