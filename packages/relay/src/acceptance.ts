import type { VideoId } from '@reelay/contracts/task'
import type { ProgressListener } from '@reelay/queue/progress'

export type AcceptanceOptions = {
  listener: Pick<ProgressListener, 'listen'>
  waitMs: number
  closing: AbortSignal
}

export type Acceptance = ReturnType<typeof awaitAcceptance>

/**
 * Waits a short while for a worker to get upstream's acceptance, by listening. Started before the job is added, so
 * that no answer is missed; the time for subscribing is part of the wait. `settled` resolves when the task has left
 * QUEUED or the time is over; the row says which.
 */
export function awaitAcceptance(
  { listener, waitMs, closing }: AcceptanceOptions,
  userId: string,
  videoId: VideoId,
) {
  const { promise: settled, resolve } = Promise.withResolvers<void>()
  const { promise: closed, resolve: close } = Promise.withResolvers<void>()
  const settle = () => resolve()
  const giveUp = () => {
    close()
    settle()
  }
  const timer = setTimeout(settle, waitMs)
  closing.addEventListener('abort', giveUp)
  if (closing.aborted) giveUp()
  const listening = listener.listen(userId, ({ type, payload }) => {
    if (payload.videoId === videoId && (type === 'taskDeleted' || payload.status !== 'QUEUED')) settle()
  })
  void settled.then(async () => {
    clearTimeout(timer)
    closing.removeEventListener('abort', giveUp)
    const leave = await listening
    leave()
  })
  return {
    ready: Promise.race([listening, settled]).then(() => {}),
    settled,
    closed,
    cancel: settle,
  }
}
