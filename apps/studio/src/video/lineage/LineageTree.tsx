import type { Lineage } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { useMemo, useRef, useState } from 'preact/hooks'
import { useTexts } from '../use-texts.ts'
import { Edges } from './Edges.tsx'
import { layoutTree, type TreeLayout, type TreeNode } from './layout-tree.ts'
import { type Direction, neighbourOf } from './neighbours.ts'
import { TreeCard } from './TreeCard.tsx'
import { TreeTools } from './TreeTools.tsx'
import { useGestures } from './use-gestures.ts'
import { type Drawn, useView, type ViewControls } from './use-view.ts'
import { isWithin } from './view.ts'
import './lineage.css'

type Props = { lineage: Lineage; onRemix: (task: Task) => void; onOpen: (videoId: string) => void }

/** A family of videos as a tree to move about in. Only what is in view, or nearly, is drawn. */
export function LineageTree({ lineage, onRemix, onOpen }: Props) {
  const texts = useTexts().lineage
  const layout = useMemo(() => layoutTree(lineage), [lineage])
  const view = useView(layout)
  useGestures(view)
  const [activeId, setActiveId] = useState<string>(lineage.task.videoId)
  const active = layout.nodes.find(({ id }) => id === activeId) ?? layout.nodes.find(({ isSelf }) => isSelf)
  const focus = useFocus()

  const go = (to: TreeNode) => {
    setActiveId(to.id)
    view.reveal(to)
    focus.next(to.id)
  }
  return (
    <div class="lineage">
      <TreeTools view={view} />
      <p id="lineage-hint" class="lineage-hint">
        {texts.hint}
      </p>
      <div class="lineage-frame" ref={view.frame}>
        <div
          class={view.drawn?.isReadable === false ? 'lineage-layer far' : 'lineage-layer'}
          ref={view.layer}
          role="tree"
          aria-label={texts.tree}
          aria-describedby="lineage-hint"
          onKeyDown={(event) => active && onKey(event, { active, layout, view, go, onOpen, onRemix })}
        >
          <Edges edges={layout.edges} drawn={view.drawn} />
          {toDraw(layout, view.drawn, active).map((node) => (
            <TreeCard
              key={node.id}
              node={node}
              isActive={node === active}
              isReadable={view.drawn?.isReadable ?? true}
              elementRef={focus.ref(node.id)}
              onFocus={() => {
                setActiveId(node.id)
                view.reveal(node)
              }}
              onRemix={onRemix}
            />
          ))}
        </div>
      </div>
      {lineage.truncated && <p class="lineage-note">{texts.truncated}</p>}
    </div>
  )
}

/** The one that has the focus stays, wherever it is. In the order of the tree, so that nothing moves in the document. */
function toDraw({ nodes }: TreeLayout, drawn: Drawn | undefined, active: TreeNode | undefined): TreeNode[] {
  if (!drawn) return []
  return nodes.filter((node) => node === active || isWithin(node, drawn.area))
}

/** Gives the focus to a card as soon as it is drawn. */
function useFocus() {
  const wanted = useRef<string>()
  const elements = useRef(new Map<string, HTMLElement>())
  const give = (id: string, element: HTMLElement | undefined) => {
    if (wanted.current !== id || !element) return
    wanted.current = undefined
    element.focus({ preventScroll: true })
  }
  return {
    next(id: string) {
      wanted.current = id
      give(id, elements.current.get(id))
    },
    ref: (id: string) => (element: HTMLElement | null) => {
      if (element) elements.current.set(id, element)
      else elements.current.delete(id)
      give(id, element ?? undefined)
    },
  }
}

type KeyDeps = Pick<Props, 'onOpen' | 'onRemix'> & {
  active: TreeNode
  layout: TreeLayout
  view: ViewControls
  go: (to: TreeNode) => void
}

const directions: Record<string, Direction> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
}
const STEP_PX = 80
const pans: Record<string, [number, number]> = {
  ArrowLeft: [STEP_PX, 0],
  ArrowRight: [-STEP_PX, 0],
  ArrowUp: [0, STEP_PX],
  ArrowDown: [0, -STEP_PX],
}

function onKey(event: KeyboardEvent, { active, layout, view, go, onOpen }: KeyDeps): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const pan = event.shiftKey ? pans[event.key] : undefined
  const direction = directions[event.key]
  // Enter on the link or the button within a card is theirs.
  const isCard = event.target instanceof Element && event.target.getAttribute('role') === 'treeitem'
  if (pan) view.pan(...pan)
  else if (direction) go(neighbourOf(layout.nodes, active, direction))
  else if (event.key === '+' || event.key === '=') view.zoom(1.25)
  else if (event.key === '-') view.zoom(0.8)
  else if (event.key === '0') view.fit()
  else if (event.key === 'Enter' && isCard && active.task) onOpen(active.id)
  else return
  event.preventDefault()
}
