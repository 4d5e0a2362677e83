import type { Video } from '@reelay/contracts/videos'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AcceptDeps, accept, type Submission } from '../tasks/accept.ts'
import { videoOf } from './video.ts'
import { sayWhenToLook } from './when-to-look.ts'

export type SubmitVideoDeps = AcceptDeps & { pollIntervalMs: number }

/** Has a video accepted, and shows it as it is then: also one that waits for its turn is 200. */
export async function submitVideo(
  request: FastifyRequest,
  reply: FastifyReply,
  submission: Submission,
  deps: SubmitVideoDeps,
): Promise<Video> {
  const video = videoOf(await accept(request, submission, deps))
  sayWhenToLook(reply, video, deps)
  return video
}
