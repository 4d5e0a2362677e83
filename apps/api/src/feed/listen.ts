import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { FeedMember } from './audiences.ts'
import { type CurrentStateDeps, type FeedRequest, readCurrentState } from './current-state.ts'
import type { FeedEvent } from './event.ts'
import type { FeedIdentity } from './identity.ts'
import { openFeedStream } from './stream.ts'

export type ListenDeps = CurrentStateDeps

/** Listens, reads, sends what was read, then what came meanwhile: the other order loses changes. */
export async function listen(
  { userId, ...until }: FeedIdentity,
  request: FeedRequest,
  reply: FastifyReply,
  deps: ListenDeps,
): Promise<FastifyReply> {
  const { raw } = reply
  const { feed } = deps
  const hold = holdUntilClosed(raw)
  hold(feed.connections.take(userId))

  const early: FeedEvent[] = []
  const member: FeedMember = { deliver: (event) => early.push(event), end: () => {} }
  hold(await feed.join(userId, member))
  const known = raw.destroyed ? [] : await readCurrentState(userId, request, deps)
  if (raw.destroyed) return reply.hijack()
  if (knowsTheEnd(request, known)) return reply.code(204).send()

  const stream = openFeedStream(reply)
  member.end = stream.end
  member.deliver = (event) => {
    if (request.videoId !== undefined && event.videoId !== request.videoId) return
    stream.send(event)
    if (request.videoId !== undefined && event.terminal) stream.end()
  }
  for (const event of [...known, ...early.splice(0)]) member.deliver(event)
  hold(feed.attend(stream, until))
  return reply
}

function holdUntilClosed(raw: ServerResponse): (release: () => void) => void {
  const held = new DisposableStack()
  raw.once('close', () => held.dispose())
  return (release) => (held.disposed ? release() : held.defer(release))
}

function knowsTheEnd({ videoId, seenUpTo }: FeedRequest, [only]: FeedEvent[]): boolean {
  if (videoId === undefined || seenUpTo === undefined || !only?.terminal) return false
  return seenUpTo >= only.timestamp
}
