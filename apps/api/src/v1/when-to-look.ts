import type { Video } from '@reelay/contracts/videos'
import type { FastifyReply } from 'fastify'

/** SDKs that poll do it as often as this says; nothing is to be learnt sooner than we look ourselves. */
export function sayWhenToLook(
  reply: FastifyReply,
  { status }: Video,
  { pollIntervalMs }: { pollIntervalMs: number },
): void {
  if (status === 'queued' || status === 'in_progress') reply.header('openai-poll-after-ms', pollIntervalMs)
}
