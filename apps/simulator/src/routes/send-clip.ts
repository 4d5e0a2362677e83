import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clip } from '../clips/clips.ts'
import type { Quirk } from '../faults/faults.ts'
import { Problem } from '../problem.ts'

/**
 * With `ranges`, parts can be asked for. `cut` ends the connection after so many bytes, by default after half of them;
 * `slow` takes so many ms over what it sends, by default a second.
 */
interface How {
  ranges: boolean
  cut: Quirk | undefined
  slow: Quirk | undefined
}

const slowSteps = 20

export function sendClip(
  request: FastifyRequest,
  reply: FastifyReply,
  { bytes, etag }: Clip,
  { ranges, ...how }: How,
) {
  if (!ranges) return send(reply, bytes, how)
  reply.headers({ 'accept-ranges': 'bytes', etag })
  const range = readRange(request.headers.range, bytes.length)
  if (range === undefined) return send(reply, bytes, how)
  if (range === 'unsatisfiable') {
    const headers = { 'content-range': `bytes */${bytes.length}` }
    throw new Problem('out_of_range', 'The range is outside of the video.', { headers })
  }

  const [start, end] = range
  reply.code(206).header('content-range', `bytes ${start}-${end}/${bytes.length}`)
  return send(reply, bytes.subarray(start, end + 1), how)
}

function send(reply: FastifyReply, bytes: Buffer, { cut, slow }: Omit<How, 'ranges'>) {
  if (slow) {
    reply.header('content-length', bytes.length)
    return reply.send(Readable.from(slowly(bytes, slow.value ?? 1000), { objectMode: false }))
  }
  if (!cut) return reply.send(bytes)

  const sent = Math.min(cut.value ?? Math.floor(bytes.length / 2), bytes.length - 1)
  const headers = Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)])
  reply.hijack()
  reply.raw.writeHead(reply.statusCode, { ...Object.fromEntries(headers), 'content-length': bytes.length })
  reply.raw.write(bytes.subarray(0, sent), () => reply.raw.destroy())
  return reply
}

async function* slowly(bytes: Buffer, ms: number): AsyncGenerator<Buffer> {
  const step = Math.ceil(bytes.length / slowSteps)
  for (let at = 0; at < bytes.length; at += step) {
    yield bytes.subarray(at, at + step)
    await wait(ms / slowSteps, undefined, { ref: false })
  }
}

/** One range only: a header with several, or one that makes no sense, is answered with everything. */
function readRange(
  header: string | undefined,
  length: number,
): [number, number] | 'unsatisfiable' | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (from === undefined || to === undefined || from + to === '') return undefined

  const start = from === '' ? Math.max(length - Number(to), 0) : Number(from)
  const end = from === '' || to === '' ? length - 1 : Math.min(Number(to), length - 1)
  if (start >= length || (from === '' && Number(to) === 0)) return 'unsatisfiable'
  return start > end ? undefined : [start, end]
}
