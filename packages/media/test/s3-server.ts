import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import S3rver, { type Context } from '@20minutes/s3rver'
import { aFolder } from '@reelay/local-services/testing/a-folder'
import { onTestFinished } from 'vitest'
import type { S3Options } from '../src/s3/options.ts'

const BUCKET = 'media'
const PAGE = 2
const anySignature = { allowMismatchedSignatures: { value: true } }

/** An S3 in a folder that goes when the test does, and what it has of uploads that were begun. */
export async function anS3Server() {
  const directory = aFolder()
  const uploads = join(directory, BUCKET, '._S3rver_uploads')
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    vhostBuckets: false,
    configureBuckets: [{ name: BUCKET }],
  })
  server.middleware.unshift((context, next) => {
    // It signs a bucket's own address without the slash that it was asked for with.
    if (context.path === `/${BUCKET}/`) context.app = Object.create(context.app, anySignature)
    return answerUploads(context, uploads) ?? next()
  })
  // Requests that were cut off are logged after the server has closed.
  server.logger.close = () => {}
  const { port } = await server.run()
  onTestFinished(async () => {
    server.httpServer.closeAllConnections()
    await server.close()
  })
  const options: S3Options = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: BUCKET,
    accessKeyId: 'S3RVER',
    secretAccessKey: 'S3RVER',
  }
  /** As a process leaves it that ends before its upload does. */
  const begin = (name: string) => {
    mkdirSync(join(uploads, name), { recursive: true })
    writeFileSync(join(uploads, name, 'key'), `clips/${name}`)
  }
  return { options, begin, unfinished: () => namesIn(uploads) }
}

/** The two requests about unfinished uploads that s3rver doesn't know. */
function answerUploads(context: Context, folder: string): Promise<void> | undefined {
  const { method, query } = context
  if (method === 'GET' && 'uploads' in query) return answer(context, 200, listOf(folder, query))
  if (method !== 'DELETE' || query.uploadId === undefined) return undefined
  const upload = join(folder, query.uploadId)
  if (!existsSync(upload)) return answer(context, 404, '<Error><Code>NoSuchUpload</Code></Error>')
  rmSync(upload, { recursive: true })
  return answer(context, 204, '')
}

async function answer(context: Context, status: number, body: string): Promise<void> {
  context.status = status
  context.type = 'application/xml'
  context.body = body
}

function listOf(folder: string, query: Record<string, string>): string {
  const after = query['upload-id-marker'] ?? ''
  const names = namesIn(folder).filter((name) => name > after)
  const page = names.slice(0, PAGE).map((name) => {
    const key = readFileSync(join(folder, name, 'key'), 'utf8')
    const begun = statSync(join(folder, name, 'key')).mtime.toISOString()
    return `<Upload><Key>${key}</Key><UploadId>${name}</UploadId><Initiated>${begun}</Initiated></Upload>`
  })
  const next = `<NextKeyMarker>any</NextKeyMarker><NextUploadIdMarker>${names[PAGE - 1]}</NextUploadIdMarker>`
  const more = names.length > PAGE
  return `<ListMultipartUploadsResult><IsTruncated>${more}</IsTruncated>${more ? next : ''}${page.join('')}</ListMultipartUploadsResult>`
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}
