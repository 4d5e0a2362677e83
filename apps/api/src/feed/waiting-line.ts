import type { ServerResponse } from 'node:http'

type Group = { since: number; goOn: Set<() => void> }

/** Requests that wait for their turn, in groups of those with the same name; `together` of one go on at once. */
export function createWaitingLine(together: number) {
  const groups = new Map<string, Group>()
  let size = 0

  return {
    size: () => size,

    waitingSince: (): number | undefined => groups.values().next().value?.since,

    join(name: string, response: ServerResponse): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      const group = groups.get(name) ?? { since: performance.now(), goOn: new Set() }
      groups.set(name, group)
      group.goOn.add(resolve)
      size += 1
      const leave = () => leaveGroup(name, group, resolve)
      response.once('close', leave)
      return promise.finally(() => response.off('close', leave))
    },

    /** What is left of the first group goes to the end of the line. */
    letNextGoOn(): void {
      const [next] = groups
      if (!next) return
      const [name, group] = next
      letGo(group, [...group.goOn].slice(0, together))
      groups.delete(name)
      if (group.goOn.size > 0) groups.set(name, group)
    },
  }

  /** Who has left holds nobody up, and is still counted by whatever comes next. */
  function leaveGroup(name: string, group: Group, resolve: () => void): void {
    if (!group.goOn.has(resolve)) return
    letGo(group, [resolve])
    if (group.goOn.size === 0) groups.delete(name)
  }

  function letGo({ goOn }: Group, going: (() => void)[]): void {
    size -= going.length
    for (const resolve of going) {
      goOn.delete(resolve)
      resolve()
    }
  }
}
