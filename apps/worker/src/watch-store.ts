import { loggableReason } from '@reelay/db/errors'
import type { MediaStore } from '@reelay/media/store'
import type { Events } from '@reelay/telemetry/events'
import type { Logger } from 'pino'

type WatchDeps = { store: Pick<MediaStore, 'check'>; events: Events; log: Logger }

const EVERY_MS = 60_000

/** Sees each minute whether the store can be written, for operators: tasks complete without it. */
export function watchStore({ store, events, log }: WatchDeps): { stop: () => void } {
  let isWritable: boolean | undefined
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  void look()
  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }

  async function look(): Promise<void> {
    const failure = await store.check().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (isStopped) return
    const was = isWritable
    isWritable = failure === undefined
    events.emit('storeChecked', { isWritable })
    if (failure !== undefined && was !== false)
      log.error({ reason: loggableReason(failure) }, 'media store can’t be written')
    if (isWritable && was === false) log.info('media store can be written again')
    timer = setTimeout(look, EVERY_MS)
  }
}
