import multipart, { type MultipartFile } from '@fastify/multipart'
import { problems } from '@reelay/contracts/problems'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError, invalid, utf8 } from './errors.ts'
import { checkCoding, checkStructure } from './json-body.ts'

/** For routes that take a form instead of JSON, with `checkFormLength` and `readForm` as their hooks. */
export async function installForms(app: FastifyInstance): Promise<void> {
  await app.register(multipart, {
    limits: { parts: 10, fileSize: app.initialConfig.bodyLimit ?? 0 },
    // As a file a part is bytes; as a field it would be text in whatever charset it names, and bad bytes be replaced.
    isPartAFile: () => true,
  })
}

/** Fastify counts the bytes of what it parses itself; a form is a stream to it, refused here by what it says of itself. */
export async function checkFormLength({ headers, routeOptions }: FastifyRequest): Promise<void> {
  if (!/^\s*multipart\//i.test(headers['content-type'] ?? '')) return
  if (Number(headers['content-length'] ?? 0) > routeOptions.bodyLimit) throw new ApiError('payload_too_large')
}

export async function readForm(request: FastifyRequest): Promise<void> {
  if (!request.isMultipart()) return
  checkCoding(request.headers)
  const body: Record<string, unknown> = {}
  let length = 0
  for await (const part of request.parts() as AsyncIterable<MultipartFile>) {
    const problem = problemOf(part, body)
    if (problem) {
      part.file.resume()
      throw invalid(part.fieldname ?? 'body', problem)
    }
    const bytes = await part.toBuffer()
    length += bytes.length
    // In chunks it doesn't say how long it is.
    if (length > request.routeOptions.bodyLimit) throw new ApiError('payload_too_large')
    body[part.fieldname] = fieldValue(part, bytes)
  }
  request.body = body
}

function problemOf({ fieldname, filename, encoding }: MultipartFile, body: object) {
  if (fieldname === undefined) return problems.wellFormed
  if (filename !== undefined) return problems.noFile
  if (Object.hasOwn(body, fieldname)) return problems.givenTwice
  return /^(7bit|8bit|binary)$/.test(encoding) ? undefined : problems.utf8
}

function fieldValue({ fieldname, mimetype }: MultipartFile, bytes: Buffer): unknown {
  const text = utf8(fieldname, bytes)
  if (mimetype !== 'application/json') return text
  const value = jsonOf(text)
  if (value === undefined) throw invalid(fieldname, problems.json)
  checkStructure(text)
  return value
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
