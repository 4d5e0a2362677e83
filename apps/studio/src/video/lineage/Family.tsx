import type { Task } from '@reelay/contracts/task'
import { useState } from 'preact/hooks'
import { useLocation } from 'wouter-preact'
import { QueryView } from '../../ui/QueryView.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { RemixDialog } from '../actions/RemixDialog.tsx'
import { videoPath } from '../paths.ts'
import { useTexts } from '../use-texts.ts'
import { useLineage } from '../use-video.ts'
import { LineageTree } from './LineageTree.tsx'

/** The family of a video, and the remix box of each of its members. */
export function Family({ videoId }: { videoId: string }) {
  const texts = useTexts().lineage
  const lineage = useLineage(videoId)
  const [, navigate] = useLocation()
  const [source, setSource] = useState<Task>()
  return (
    <QueryView query={lineage} skeleton={<Skeleton height="calc(var(--tree-height) + 5rem)" />}>
      {(lineage) => (
        <>
          {lineage.ancestors.length === 0 && lineage.descendants.length === 0 && (
            <p class="soft">{texts.alone}</p>
          )}
          <LineageTree lineage={lineage} onRemix={setSource} onOpen={(id) => navigate(videoPath(id))} />
          {source && <RemixDialog task={source} onClose={() => setSource(undefined)} />}
        </>
      )}
    </QueryView>
  )
}
