import { type ReelayClient, ReelayError, type TaskState } from '@reelay/client/client'

/** `starting` until the feed is open for the first time, `lost` from its loss until it is open again. */
export type Connection = 'starting' | 'open' | 'lost'

type LiveDeps = {
  client: Pick<ReelayClient, 'watch'>
  onState: (state: TaskState) => void
  onDeleted: (videoId: string) => void
  onConnection: (connection: Connection) => void
  /** It is open again after a loss: what was shown meanwhile may be old. */
  onBack: () => void
  onRefused: () => void
}

const AGAIN_AFTER_MS = 10_000

/** Listens to the feed for as long as the page is open. `again` connects at once, where else it would wait a while. */
export function startLive({ client, onState, onDeleted, onConnection, onBack, onRefused }: LiveDeps) {
  const page = new AbortController()
  let attempt = new AbortController()
  let isLost = false
  void listen()

  return {
    again: () => attempt.abort(),
    stop: () => page.abort(),
  }

  async function listen(): Promise<void> {
    while (!page.signal.aborted) {
      attempt = new AbortController()
      const signal = AbortSignal.any([page.signal, attempt.signal])
      try {
        for await (const state of client.watch({ signal, onDeleted, onConnection: notice })) onState(state)
      } catch (error) {
        if (page.signal.aborted) return
        if (error instanceof ReelayError && error.status === 401) return onRefused()
        notice('lost')
      }
      if (!attempt.signal.aborted) await pause(signal)
    }
  }

  function notice(connection: 'open' | 'ended' | 'lost'): void {
    if (connection === 'ended') return
    const wasLost = isLost
    isLost = connection === 'lost'
    onConnection(connection)
    if (wasLost && !isLost) onBack()
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, AGAIN_AFTER_MS)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
