import type { LineageNode } from '@reelay/contracts/replies'
import type { TaskState } from '@reelay/contracts/task'

const BAR_WIDTH = 30

/** `██████░░░░  42 %  PROCESSING`. */
export function bar({ progress, status }: Pick<TaskState, 'progress' | 'status'>): string {
  const filled = Math.round((progress / 100) * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(progress).padStart(3)} %  ${status}`
}

/** A lineage as an indented tree, one task a line. */
export function tree(node: LineageNode, depth = 0): string[] {
  const branch = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `
  const { task, videoId, children } = node
  const label = task ? `${task.videoId}  “${task.prompt}”` : `${videoId}  (deleted)`
  return [`${branch}${label}`, ...children.flatMap((child) => tree(child, depth + 1))]
}

/** Whether a terminal has room to draw in. Some say that they have no columns, and get one letter a line. */
export function isWide({ columns }: { columns?: number | undefined }): boolean {
  return columns !== undefined && columns >= 60
}

export function size(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
