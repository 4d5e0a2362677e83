import type { TaskState } from '@reelay/client/client'

const REMEMBERED = 5000

export type NewestStates = ReturnType<typeof createNewestStates>

/**
 * What the feed last told of each task. An answer to an earlier request can come after an event that is newer, and
 * must not undo it.
 */
export function createNewestStates(limit = REMEMBERED) {
  const states = new Map<string, TaskState>()

  return {
    of: (videoId: string): TaskState | undefined => states.get(videoId),

    note(state: TaskState): void {
      if ((states.get(state.videoId)?.version ?? 0) >= state.version) return
      states.delete(state.videoId)
      states.set(state.videoId, state)
      const [oldest] = states.keys()
      if (states.size > limit && oldest !== undefined) states.delete(oldest)
    },
  }
}
