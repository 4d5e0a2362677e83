import type { Task } from '@reelay/contracts/task'
import { Link } from 'wouter-preact'
import { Poster } from '../../poster/Poster.tsx'
import { videoPath } from '../paths.ts'
import { shortened } from '../shortened.ts'
import { useTexts } from '../use-texts.ts'
import type { TreeNode } from './layout-tree.ts'

type Props = {
  node: TreeNode
  isActive: boolean
  /** Else it is only a spot of colour. */
  isReadable: boolean
  elementRef: (element: HTMLElement | null) => void
  onFocus: () => void
  onRemix: (task: Task) => void
}

/** One video of the family: a link to its page, and a button for its remix box. */
export function TreeCard({ node, isActive, isReadable, elementRef, onFocus, onRemix }: Props) {
  const { id, task, isSelf, depth, x, y, parent } = node
  const texts = useTexts()
  const siblings = parent?.children ?? [node]
  const state = task ? stateOf(task, texts.status) : texts.lineage.deleted
  return (
    <div
      class={['lineage-card', task?.status.toLowerCase() ?? 'deleted', isSelf && 'self']
        .filter(Boolean)
        .join(' ')}
      style={{ transform: `translate(${x}px, ${y}px)` }}
      ref={elementRef}
      role="treeitem"
      aria-level={depth + 1}
      aria-setsize={siblings.length}
      aria-posinset={siblings.indexOf(node) + 1}
      aria-current={isSelf ? 'page' : undefined}
      // Where its words are to be seen they are its name.
      aria-label={isReadable ? undefined : nameOf(task, state)}
      tabIndex={isActive ? 0 : -1}
      data-video-id={id}
      onFocus={onFocus}
    >
      {isReadable && task && <Inside task={task} state={state} isActive={isActive} onRemix={onRemix} />}
      {isReadable && !task && <span class="lineage-gone">{state}</span>}
    </div>
  )
}

type InsideProps = Pick<Props, 'isActive' | 'onRemix'> & { task: Task; state: string }

function Inside({ task, state, isActive, onRemix }: InsideProps) {
  const texts = useTexts()
  const tabIndex = isActive ? 0 : -1
  return (
    <>
      <Link class="lineage-link" href={videoPath(task.videoId)} tabIndex={tabIndex} draggable={false}>
        <Poster task={task} />
        <span class="lineage-prompt">{task.prompt || texts.page.uploaded}</span>
      </Link>
      <span class="lineage-state">{state}</span>
      {task.status === 'COMPLETED' && (
        <button
          type="button"
          class="lineage-remix"
          tabIndex={tabIndex}
          aria-label={texts.remix.open(shortened(task.prompt, 60))}
          onClick={() => onRemix(task)}
        >
          {texts.remix.short}
        </button>
      )}
    </>
  )
}

function stateOf({ status, progress }: Task, words: Record<Task['status'], string>): string {
  return status === 'PROCESSING' ? `${words[status]} ${progress} %` : words[status]
}

function nameOf(task: Task | undefined, state: string): string {
  return task ? `${shortened(task.prompt, 120)}, ${state}` : state
}
