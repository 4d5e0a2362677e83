import { isMap, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml'

export type Path = readonly (string | number)[]

/** Where a node stands whose ancestors are known, outermost first. */
export function pathTo(node: unknown, ancestors: readonly unknown[]): Path {
  const chain = [...ancestors, node]
  return chain.flatMap((step, index): Path => {
    if (isPair<{ value: string }>(step)) return [step.key.value]
    if (isSeq(step)) return [step.items.indexOf(chain[index + 1])]
    return []
  })
}

/** The node at a path or the nearest around it, and where its key or item begins. */
export function walkTo(root: Node | null, path: Path): { node: unknown; offset: number } {
  let node: unknown = root
  let offset = startOf(root)
  for (const segment of path) {
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find(({ key }) => isScalar(key) && key.value === segment)
      if (!pair) break
      offset = startOf(pair.key)
      node = pair.value
    } else if (isSeq(node) && typeof segment === 'number' && segment in node.items) {
      node = node.items[segment]
      offset = startOf(node)
    } else break
  }
  return { node, offset }
}

export function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0
}
