import { snow } from '@reelay/contracts/examples'
import type { Lineage, LineageNode } from '@reelay/contracts/replies'
import { Task, type TaskState } from '@reelay/contracts/task'

export const idOf = (n: number) => `video_1767225600000_node${String(n).padStart(5, '0')}`

export function aTask(n: number, changes: Partial<Task> = {}): Task {
  return { ...Task.parse({ ...snow, videoId: idOf(n) }), prompt: `number ${n}`, ...changes }
}

/** `count` tasks below number 0, each the parent of the next few, as `childrenOf` says. */
export function aLineage(
  count: number,
  childrenOf: (n: number) => number,
  ancestors: Lineage['ancestors'] = [],
) {
  const nodes: LineageNode[] = Array.from({ length: count }, (_, n) => ({ task: aTask(n), children: [] }))
  let next = 1
  for (let n = 0; n < count && next < count; n += 1) {
    const children = nodes.slice(next, next + Math.max(1, childrenOf(n)))
    nodes[n]?.children.push(...children)
    next += children.length
  }
  return {
    ancestors,
    task: aTask(0),
    descendants: nodes[0]?.children ?? [],
    truncated: false,
  } satisfies Lineage
}

/** As the feed tells it. */
export function taskStateOf({ prompt: _, metadata: __, held: ___, ...state }: Task): TaskState {
  return state
}
