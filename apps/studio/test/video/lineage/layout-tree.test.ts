import { expect, test } from 'vitest'
import { card, layoutTree, type TreeLayout } from '../../../src/video/lineage/layout-tree.ts'
import { aLineage, aTask, idOf } from '../lineages.ts'

const shapes: [string, (n: number) => number][] = [
  ['three remixes of each', () => 3],
  ['one long chain', () => 1],
  ['all of the same source', () => 1000],
  ['now many, now few', (n) => [1, 7, 2, 40][n % 4] ?? 1],
]

test.each(shapes)('1 000 tasks have a place each, without overlaps: %s', (_, childrenOf) => {
  const lineage = aLineage(1000, childrenOf)
  const start = performance.now()
  const layout = layoutTree(lineage)
  console.log(`laid out in ${(performance.now() - start).toFixed(1)} ms`)
  expect(layout.nodes).toHaveLength(1000)
  expect(new Set(layout.nodes.map(({ id }) => id)).size).toBe(1000)
  expect(layout.edges).toHaveLength(999)
  expect(overlaps(layout)).toEqual([])
})

test('ancestors come first, and those that were deleted hold their place', () => {
  const [root, deleted] = [aTask(90), { videoId: aTask(91).videoId, deleted: true } as const]
  const lineage = aLineage(3, () => 2, [root, deleted])
  const { nodes } = layoutTree({
    ...lineage,
    descendants: [...lineage.descendants, { videoId: aTask(92).videoId, deleted: true, children: [] }],
  })
  const seen = nodes.map(({ id, depth, task, isSelf }) => [id, depth, task !== undefined, isSelf])
  expect(seen).toEqual([
    [idOf(90), 0, true, false],
    [idOf(91), 1, false, false],
    [idOf(0), 2, true, true],
    [idOf(1), 3, true, false],
    [idOf(2), 3, true, false],
    [idOf(92), 3, false, false],
  ])
})

test('a parent stands left of its children, and in their middle', () => {
  const { nodes, edges } = layoutTree(aLineage(4, () => 3))
  const [root, first, , last] = nodes
  for (const { from, to } of edges) expect(from.x + card.width).toBeLessThan(to.x)
  expect(root?.y).toBe(((first?.y ?? 0) + (last?.y ?? 0)) / 2)
})

test('the bounds hold every card', () => {
  const { nodes, bounds } = layoutTree(aLineage(50, (n) => n % 3))
  for (const { x, y } of nodes) {
    expect(x >= bounds.left && x + card.width <= bounds.right).toBe(true)
    expect(y >= bounds.top && y + card.height <= bounds.bottom).toBe(true)
  }
})

function overlaps({ nodes }: TreeLayout): string[] {
  const columns = Map.groupBy(nodes, ({ x }) => x)
  return [...columns.values()].flatMap((column) => {
    const sorted = column.toSorted((a, b) => a.y - b.y)
    return sorted.slice(1).flatMap((node, i) => {
      const above = sorted[i]
      return above && node.y < above.y + card.height ? [`${above.id} ${node.id}`] : []
    })
  })
}
