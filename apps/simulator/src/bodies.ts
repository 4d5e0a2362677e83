import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { mediaOfStream } from './media.ts'
import { Problem } from './problem.ts'

const MEBIBYTE = 1024 * 1024

/** Makes routes see plain objects, whether a body came as JSON or as a form; a file becomes a `Media`. */
export async function acceptBodies(app: FastifyInstance) {
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    // A text may be a data URL, and would be cut at its limit without a word.
    limits: { fileSize: 512 * MEBIBYTE, fieldSize: 64 * MEBIBYTE },
    async onFile(part) {
      Object.assign(part, { value: await mediaOfStream(part.file, part.mimetype, part.filename ?? null) })
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
