import { expect, test } from 'vitest'
import { layoutTree } from '../../../src/video/lineage/layout-tree.ts'
import { type Direction, neighbourOf } from '../../../src/video/lineage/neighbours.ts'
import { aLineage, idOf } from '../lineages.ts'

// 0 has 1, 2 and 3; 1 has 4 and 5; 2 has 6 and 7.
const { nodes } = layoutTree(aLineage(8, (n) => (n === 0 ? 3 : 2)))

const moves: [number, Direction, number][] = [
  [0, 'left', 0],
  [0, 'right', 2],
  [0, 'up', 0],
  [1, 'up', 1],
  [1, 'down', 2],
  [2, 'up', 1],
  [3, 'down', 3],
  [3, 'right', 3],
  [5, 'down', 6],
  [6, 'up', 5],
  [6, 'left', 2],
  [6, 'first', 0],
  [0, 'last', 7],
]

test.each(moves)('from %i, %s leads to %i', (from, direction, to) => {
  const node = nodes.find(({ id }) => id === idOf(from))
  expect(node && neighbourOf(nodes, node, direction).id).toBe(idOf(to))
})
