import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Bill } from '../bill.ts'
import type { Dialect, Encoding } from '../dialect.ts'
import { type Faults, type Quirk, quirkOf } from '../faults/faults.ts'
import type { ById, LookupDeps } from '../find-video.ts'
import { admit, countMade } from '../keys.ts'
import { Problem } from '../problem.ts'
import type { Show, Shown } from '../shown.ts'
import { findSource, sourceIdOf } from '../source.ts'
import type { Video, Videos } from '../videos.ts'
import type { Wish } from '../wish.ts'

interface Deps extends LookupDeps {
  bill: Bill
  dialect: Dialect
  faults: Faults
  show: Show
  videos: Videos
}

export async function submissionRoutes(app: FastifyInstance, deps: Deps) {
  const { dialect, show } = deps
  const nextStatus = turns([200, 201, 202])

  for (const { path, takes, read } of dialect.submits) {
    app.post<ById>(path, { config: { scope: 'submit' } }, async (request, reply) => {
      const encoding = encodingOf(request)
      if (!takes.includes(encoding)) {
        throw new Problem('wrong_encoding', `This route takes ${takes.join(' or ')}, not ${encoding}.`)
      }
      const wish = read({ body: request.body, encoding, id: request.params.id })
      const { video, quirks } = await submit(request, wish, deps)

      const shown = show(request, video)
      const turn = quirkOf(quirks, 'accept_status')
      reply.code(turn ? (turn.value ?? nextStatus()) : (dialect.acceptedStatus ?? 200))
      if (quirkOf(quirks, 'no_id')) return withoutId(reply, shown, dialect)
      return (dialect.accepted ?? dialect.video)(shown)
    })
  }
}

async function submit(
  request: FastifyRequest,
  wish: Wish,
  deps: Deps,
): Promise<{ video: Video; quirks: Quirk[] }> {
  const { bill, dialect, faults, videos } = deps
  const found = faults.ofPrompt(wish.prompt)
  const subject = JSON.stringify([sourceIdOf(wish, dialect), wish.prompt])
  const victim = { subject, age: 0, request }
  await faults.meet('arrival', found, victim)

  const source = await findSource(request, wish, deps)
  if (request.key) admit(request.key, dialect.maxRunning)
  const order = inherit(wish, source)
  const video = videos.create({
    ...order,
    id: dialect.newId(order.model),
    source: sourceIdOf(wish, dialect),
    key: request.key?.name ?? null,
    faults: found,
    failure: faults.endingOf(found, subject),
  })
  if (request.key) countMade(request.key, video)
  bill.charge(video)

  return { video, quirks: await faults.meet('answer', found, victim) }
}

function encodingOf(request: FastifyRequest): Encoding {
  return request.isMultipart() ? 'form' : 'json'
}

function withoutId(reply: FastifyReply, shown: Shown, { acceptedNowhere }: Dialect) {
  if (!acceptedNowhere) return { object: 'video', status: 'queued' }
  const { status, body } = acceptedNowhere(shown)
  reply.code(status)
  return body
}

function inherit({ prompt, model, size, seconds, extension, source: from, picture }: Wish, source?: Video) {
  const length = seconds ?? source?.seconds ?? '4'
  return {
    prompt,
    sourceBy: from?.by ?? null,
    picture: picture ?? null,
    clip: from?.by === 'file' ? from.file : null,
    lineage: [...(source?.lineage ?? []), prompt],
    model: model ?? source?.model ?? 'sora-2',
    size: size ?? source?.size ?? '720x1280',
    seconds: extension === undefined ? length : String(Number(length) + Number(extension)),
  }
}

function turns<T>(values: [T, ...T[]]): () => T {
  let next = 0
  return () => values[next++ % values.length] as T
}
