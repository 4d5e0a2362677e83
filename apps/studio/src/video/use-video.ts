import type { Lineage } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/preact-query'
import { useEffect } from 'preact/hooks'
import { useClient, useTaskCache } from '../data/data.tsx'
import { taskKeys } from '../data/query-keys.ts'
import { language } from '../i18n/language.ts'
import { useStore } from '../store.ts'
import { explanationOf, type Story, storyOf, timelineOf } from './explain/read-again.ts'
import { patchLineage } from './lineage/patch-lineage.ts'

/** What the feed tells of its tasks is taken over; a remix that isn't among them has it read anew. */
export function useLineage(videoId: string) {
  const lineage = useLineageQuery(videoId)
  const cache = useTaskCache()
  const queries = useQueryClient()
  useEffect(() => {
    const { queryKey } = lineage
    return cache.onChange((state) => {
      const known = queries.getQueryData<Lineage>(queryKey)
      const patched = known && patchLineage(known, state)
      if (patched === 'stale') void queries.invalidateQueries({ queryKey })
      else if (patched) queries.setQueryData(queryKey, patched)
    })
  }, [cache, queries, videoId])
  return useQuery(lineage)
}

/** Whether what a video was made from is known to be deleted. */
export function useSourceIsDeleted(videoId: string): boolean {
  return useQuery({ ...useLineageQuery(videoId), select: sourceIsDeleted }).data ?? false
}

function sourceIsDeleted({ ancestors }: Lineage): boolean {
  const source = ancestors.at(-1)
  return source !== undefined && 'deleted' in source
}

function useLineageQuery(videoId: string) {
  const client = useClient()
  return {
    queryKey: taskKeys.more(videoId, 'lineage'),
    queryFn: ({ signal }: { signal: AbortSignal }) => client.lineage(videoId, { signal }),
  }
}

export function useExplanation(task: Task) {
  return useQuery({ ...useStory(task), select: explanationOf })
}

export function useTimeline(task: Task) {
  return useQuery({ ...useStory(task), select: timelineOf })
}

function useStory({ videoId, version }: Task) {
  const client = useClient()
  const chosen = useStore(language)
  return {
    queryKey: [...taskKeys.more(videoId, 'story'), version, chosen],
    ...storyOf(videoId, client),
    placeholderData: keepPreviousData<Story>,
  }
}
