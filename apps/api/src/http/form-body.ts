import multipart, { type MultipartFile } from '@fastify/multipart'
import { problems } from '@reelay/contracts/problems'
import { SpoolError, type SpooledFile, spool } from '@reelay/media/spool'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, invalid, tooLarge, unsupported, utf8 } from './errors.ts'
import { countBytes, readToEnd } from './incoming-bytes.ts'
import { checkCoding, checkStructure } from './json-body.ts'
import { BODY_LIMIT } from './request-deadline.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The file that came with a form. Goes with the request, unless its handler takes it over. */
    spooled: SpooledFile | null
  }
}

/** The one part of a form that may be a file; `required` says that the form is nothing without it. */
export type FilePart = { field: string; maxBytes: number; required?: boolean }

const MOST_PARTS = 20

/** For routes that take a form instead of JSON, with `checkFormLength` and `readForm` as their hooks. */
export async function installForms(app: FastifyInstance): Promise<void> {
  await app.register(multipart, {
    limits: { parts: MOST_PARTS, fileSize: Number.POSITIVE_INFINITY },
    // As a file a part is bytes; as a field it would be text in whatever charset it names, and bad bytes be replaced.
    isPartAFile: () => true,
  })
  app.decorateRequest('spooled', null)
}

/** Fastify counts the bytes of what it parses itself; a form is a stream to it, refused here by what it says of itself. */
export function checkFormLength(filePart: FilePart) {
  return async (request: FastifyRequest): Promise<void> => {
    const { headers } = request
    if (!/^\s*multipart\//i.test(headers['content-type'] ?? '')) return
    const { field, maxBytes } = filePart
    if (Number(headers['content-length'] ?? 0) > limitOf(request, filePart)) throw tooLarge(field, maxBytes)
  }
}

/** A file, and as much beside it as any body may have; or what the route takes in another form. */
function limitOf({ routeOptions }: FastifyRequest, filePart: FilePart | undefined): number {
  return Math.max(routeOptions.bodyLimit, (filePart?.maxBytes ?? 0) + BODY_LIMIT)
}

/** For routes that take nothing but a form: what else is sent would be held whole in memory. */
export async function checkIsForm({ headers }: FastifyRequest): Promise<void> {
  if (!/^multipart\/form-data\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw unsupported('Content-Type', problems.form)
}

/** Reads a form's fields as the body, and spools its file; without `filePart` no part may be one. */
export function readForm(filePart?: FilePart) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (!request.isMultipart()) return
    // Fastify's hooks for the end are not run for a client that leaves between its last byte and the answer.
    reply.raw.once('close', () => void letGo(request))
    const incoming = countBytes(request.raw, limitOf(request, filePart))
    try {
      checkCoding(request.headers)
      const reading = readParts(request, filePart).finally(() => reply.raw.closed && letGo(request))
      request.body = await Promise.race([reading, incoming.tooMany.then(refuse)])
      if (incoming.bytes - (request.spooled?.bytes ?? 0) > BODY_LIMIT) refuse()
    } catch (error) {
      await readToEnd(request.raw, incoming)
      if (!request.raw.readableEnded) reply.header('connection', 'close')
      throw error
    }
  }
}

function refuse(): never {
  throw new ApiError('payload_too_large')
}

async function letGo({ spooled }: FastifyRequest): Promise<void> {
  await spooled?.[Symbol.asyncDispose]()
}

/** The file that came with a form. Whoever takes it lets it go: a client that leaves from now on doesn't. */
export function takeFile(request: FastifyRequest, reply: FastifyReply): SpooledFile | undefined {
  const { spooled } = request
  if (!spooled) return undefined
  if (reply.raw.closed) throw new ApiError('request_timeout')
  request.spooled = null
  return spooled
}

async function readParts(request: FastifyRequest, filePart?: FilePart): Promise<Record<string, unknown>> {
  const body: Record<string, unknown> = {}
  const parts = request.parts() as AsyncIterable<MultipartFile>
  let room = BODY_LIMIT
  for await (const part of parts) {
    const file = part.filename !== undefined && part.fieldname === filePart?.field ? filePart : undefined
    const problem = file ? problemOfFile(request) : problemOfField(part, body, filePart)
    if (problem) throw invalid(part.fieldname ?? 'body', problem)
    if (file) {
      request.spooled = await spoolPart(part, file)
      continue
    }
    const bytes = await bytesOf(part, room)
    room -= bytes.length
    body[part.fieldname] = fieldValue(part, bytes)
  }
  if (filePart?.required && !request.spooled) throw invalid(filePart.field, problems.required)
  return body
}

function problemOfFile({ spooled }: FastifyRequest) {
  return spooled ? problems.givenTwice : undefined
}

/** A page can't send a part as JSON but as a file. */
function problemOfField(
  { fieldname, filename, encoding, mimetype }: MultipartFile,
  body: object,
  { field, required }: Partial<FilePart> = {},
) {
  if (fieldname === undefined) return problems.wellFormed
  if (fieldname === field && required) return problems.file
  if (filename !== undefined && mimetype !== 'application/json') return problems.noFile
  if (Object.hasOwn(body, fieldname)) return problems.givenTwice
  return /^(7bit|8bit|binary)$/.test(encoding) ? undefined : problems.utf8
}

async function spoolPart({ file }: MultipartFile, { field, maxBytes }: FilePart): Promise<SpooledFile> {
  try {
    return await spool(file, { maxBytes })
  } catch (error) {
    if (!(error instanceof SpoolError)) throw error
    throw error.code === 'too_large' ? tooLarge(field, maxBytes) : new ApiError('request_timeout')
  }
}

/** In chunks a form doesn't say how long it is. */
async function bytesOf({ file }: MultipartFile, room: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of file) {
    length += chunk.length
    if (length > room) throw new ApiError('payload_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
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
