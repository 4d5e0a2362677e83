import type { Lineage, LineageNode } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { hierarchy, tree } from 'd3-hierarchy'

export const card = { width: 192, height: 156 }
const gap = { across: 56, down: 20 }
/** How much further apart the children of different parents are. */
const COUSINS = 1.15

/** A task in the tree. Those that were deleted hold their place, and have no task. */
export type TreeNode = {
  id: string
  task: Task | undefined
  /** Whose lineage it is. */
  isSelf: boolean
  depth: number
  x: number
  y: number
  parent: TreeNode | undefined
  children: TreeNode[]
}

export type Edge = { from: TreeNode; to: TreeNode }
export type Bounds = { left: number; top: number; right: number; bottom: number }
export type TreeLayout = { nodes: TreeNode[]; edges: Edge[]; bounds: Bounds }

type Branch = { task?: Task | undefined; videoId?: string | undefined; children: Branch[] }

/** A tidy tree from left to right: `x` and `y` are the upper left corner of a card; the root comes first. */
export function layoutTree(lineage: Lineage): TreeLayout {
  const root = hierarchy(branchOf(lineage), ({ children }) => children)
  const placed = tree<Branch>()
    .nodeSize([card.height + gap.down, card.width + gap.across])
    .separation((a, b) => (a.parent === b.parent ? 1 : COUSINS))(root)

  const nodes = new Map<unknown, TreeNode>()
  const edges: Edge[] = []
  // From the root on down: a parent is there before its children.
  placed.each((place) => {
    const parent = nodes.get(place.parent)
    const node = nodeOf(place.data, lineage, { depth: place.depth, x: place.y, y: place.x, parent })
    nodes.set(place, node)
    if (!parent) return
    parent.children.push(node)
    edges.push({ from: parent, to: node })
  })
  const all = [...nodes.values()]
  return { nodes: all, edges, bounds: boundsOf(all) }
}

function branchOf({ ancestors, task, descendants }: Lineage): Branch {
  const self: Branch = { task, children: descendants satisfies LineageNode[] }
  return ancestors.reduceRight<Branch>(
    (child, ancestor) =>
      'deleted' in ancestor ? { ...ancestor, children: [child] } : { task: ancestor, children: [child] },
    self,
  )
}

function nodeOf(
  { task, videoId }: Branch,
  lineage: Lineage,
  place: Pick<TreeNode, 'depth' | 'x' | 'y' | 'parent'>,
): TreeNode {
  const id = task?.videoId ?? videoId ?? ''
  return { id, task, isSelf: id === lineage.task.videoId, ...place, children: [] }
}

export function boundsOf(nodes: Pick<TreeNode, 'x' | 'y'>[]): Bounds {
  let [left, top, right, bottom] = [
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  for (const { x, y } of nodes) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + card.width)
    bottom = Math.max(bottom, y + card.height)
  }
  return { left, top, right, bottom }
}
