import type { TreeNode } from './layout-tree.ts'

export type Direction = 'left' | 'right' | 'up' | 'down' | 'first' | 'last'

/** Where a key leads from a node; itself where there is nothing that way. */
export function neighbourOf(nodes: TreeNode[], from: TreeNode, direction: Direction): TreeNode {
  switch (direction) {
    case 'left':
      return from.parent ?? from
    case 'right':
      return nearest(from.children, from.y) ?? from
    case 'up':
      return (
        nearest(
          column(nodes, from).filter(({ y }) => y < from.y),
          from.y,
        ) ?? from
      )
    case 'down':
      return (
        nearest(
          column(nodes, from).filter(({ y }) => y > from.y),
          from.y,
        ) ?? from
      )
    case 'first':
      return nodes[0] ?? from
    case 'last':
      return nodes.at(-1) ?? from
  }
}

function column(nodes: TreeNode[], { depth }: TreeNode): TreeNode[] {
  return nodes.filter((node) => node.depth === depth)
}

function nearest(nodes: TreeNode[], y: number): TreeNode | undefined {
  let best: TreeNode | undefined
  for (const node of nodes) if (!best || Math.abs(node.y - y) < Math.abs(best.y - y)) best = node
  return best
}
