import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

/** Makes routes see plain objects, whether a body came as JSON or as a form; of files only the name stays. */
export async function acceptBodies(app: FastifyInstance) {
  await app.register(multipart, {
    attachFieldsToBody: 'keyValues',
    async onFile(part) {
      part.file.resume()
      Object.assign(part, { value: { filename: part.filename } })
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
        throw new ApiError(400, 'We could not parse the JSON body of your request.')
      }
    },
  )
}
