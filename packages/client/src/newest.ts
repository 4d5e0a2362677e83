import type { TaskUpdate } from '@reelay/contracts/task-update'

type State = TaskUpdate['payload']

const REMEMBERED = 10_000

export function createNewest(limit = REMEMBERED) {
  const versions = new Map<string, number>()
  return function isNews({ videoId, version }: Pick<State, 'videoId' | 'version'>): boolean {
    const known = versions.get(videoId) ?? 0
    if (version <= known) return false
    versions.delete(videoId)
    versions.set(videoId, version)
    const [oldest] = versions.keys()
    if (versions.size > limit && oldest !== undefined) versions.delete(oldest)
    return true
  }
}
