import { useIsFetching, useQuery, useQueryClient } from '@tanstack/preact-query'
import { useEffect } from 'preact/hooks'
import { useClient, useTaskCache } from '../data/data.tsx'
import { language } from '../i18n/language.ts'
import { useStore } from '../store.ts'
import { explanationOf, storyOf, timelineOf } from '../video/explain/read-again.ts'
import { atMostEvery } from './at-most-every.ts'

const reportsKey = ['admin']
/** Figures age: they are read anew whenever somebody comes back to them. */
const aging = { staleTime: 0, refetchOnWindowFocus: 'always' as const }
const EVENTS_REFRESH_EVERY_MS = 10_000

export function useUpstreams() {
  const client = useClient()
  return useQuery({
    queryKey: [...reportsKey, 'upstreams'],
    queryFn: ({ signal }) => client.upstreams({ signal }),
    ...aging,
  })
}

export function useQueues() {
  const client = useClient()
  return useQuery({
    queryKey: [...reportsKey, 'queues'],
    queryFn: ({ signal }) => client.queues({ signal }),
    ...aging,
  })
}

export function useDoubts() {
  const client = useClient()
  return useQuery({
    queryKey: [...reportsKey, 'in-doubt'],
    queryFn: ({ signal }) => client.inDoubt({ signal }),
    ...aging,
  })
}

/** Looks for nothing while the id is empty. */
export function useFoundTasks(id: string) {
  const client = useClient()
  return useQuery({
    queryKey: [...reportsKey, 'find', id],
    queryFn: ({ signal }) => client.findTasks(id, { signal }),
    enabled: id !== '',
    ...aging,
  })
}

export function useExplanationOf(videoId: string) {
  return useQuery({ ...useStoryOf(videoId), select: explanationOf })
}

export function useTimelineOf(videoId: string) {
  return useQuery({ ...useStoryOf(videoId), select: timelineOf })
}

function useStoryOf(videoId: string) {
  const client = useClient()
  const chosen = useStore(language)
  return { queryKey: [...reportsKey, 'story', videoId, chosen], ...storyOf(videoId, client) }
}

/** Reads all that is shown anew: when it is called, and when the feed tells of a task. */
export function useRefresh(): { refresh: () => void; isRefreshing: boolean } {
  const queries = useQueryClient()
  const tasks = useTaskCache()
  useEffect(() => {
    const onEvents = atMostEvery(EVENTS_REFRESH_EVERY_MS, () => {
      if (!document.hidden) refresh()
    })
    const end = tasks.onChange(onEvents.ask)
    return () => {
      end()
      onEvents.stop()
    }
  }, [queries, tasks])
  return { refresh, isRefreshing: useIsFetching({ queryKey: reportsKey }) > 0 }

  function refresh(): void {
    void queries.invalidateQueries({ queryKey: reportsKey })
  }
}

/** When the oldest of the figures that are shown was read. */
export function readAt(queries: { dataUpdatedAt: number }[]): number | undefined {
  const times = queries.map(({ dataUpdatedAt }) => dataUpdatedAt).filter((at) => at > 0)
  return times.length > 0 ? Math.min(...times) : undefined
}
