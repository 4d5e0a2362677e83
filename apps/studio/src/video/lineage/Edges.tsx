import { useMemo } from 'preact/hooks'
import { card, type Edge } from './layout-tree.ts'
import type { Drawn } from './use-view.ts'

export function Edges({ edges, drawn }: { edges: Edge[]; drawn: Drawn | undefined }) {
  const path = useMemo(() => (drawn ? pathOf(edges, drawn) : ''), [edges, drawn])
  return (
    <svg class="lineage-edges" aria-hidden="true" focusable="false" width="1" height="1">
      <path d={path} />
    </svg>
  )
}

function pathOf(edges: Edge[], { area }: Drawn): string {
  return edges
    .filter(
      ({ from, to }) =>
        to.x >= area.left &&
        from.x + card.width <= area.right &&
        Math.max(from.y, to.y) + card.height >= area.top &&
        Math.min(from.y, to.y) <= area.bottom,
    )
    .map(({ from, to }) => curve(from, to))
    .join('')
}

function curve(from: Edge['from'], to: Edge['to']): string {
  const [x1, y1, x2, y2] = [from.x + card.width, from.y + card.height / 2, to.x, to.y + card.height / 2]
  const middle = (x1 + x2) / 2
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`
}
