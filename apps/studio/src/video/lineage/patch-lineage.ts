import type { Lineage, LineageNode } from '@reelay/contracts/replies'
import type { Task, TaskState } from '@reelay/contracts/task'

/**
 * A lineage after a change of one of its tasks; the same one where it tells nothing of it. `stale` where a task was
 * made from one of these, and isn't among them yet.
 */
export function patchLineage(lineage: Lineage, state: TaskState): Lineage | 'stale' {
  const { known, patched } = patch(lineage, state)
  if (known.has(state.videoId)) return patched
  return state.remixed_from && known.has(state.remixed_from) ? 'stale' : lineage
}

function patch(lineage: Lineage, state: TaskState) {
  const known = new Set<string>()
  const newer = (task: Task): Task => {
    known.add(task.videoId)
    if (task.videoId !== state.videoId || state.version <= task.version) return task
    // Not on top of what was there: what a state leaves out is over.
    return { ...state, prompt: task.prompt, metadata: task.metadata }
  }
  const grown = (node: LineageNode): LineageNode => {
    const task = node.task && newer(node.task)
    const children = all(node.children, grown)
    return task === node.task && children === node.children ? node : { ...node, task, children }
  }
  const task = newer(lineage.task)
  const ancestors = all(lineage.ancestors, (each) => ('deleted' in each ? each : newer(each)))
  const descendants = all(lineage.descendants, grown)
  const isSame =
    task === lineage.task && ancestors === lineage.ancestors && descendants === lineage.descendants
  return { known, patched: isSame ? lineage : { ...lineage, task, ancestors, descendants } }
}

/** The very same list where nothing in it changed. */
function all<T>(list: T[], change: (item: T) => T): T[] {
  const changed = list.map(change)
  return changed.some((item, i) => item !== list[i]) ? changed : list
}
