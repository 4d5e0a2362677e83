import type { Task } from '@reelay/client/client'
import type { TaskStatus } from '@reelay/contracts/lifecycle'
import { type UseQueryResult, useInfiniteQuery, useQuery } from '@tanstack/preact-query'
import { useClient, useTaskCache } from './data.tsx'
import { apiKeysKey, taskKeys } from './query-keys.ts'

const PAGE_SIZE = 24

/** One's own tasks, newest first, as many pages as were asked for. */
export function useTasks(status?: TaskStatus) {
  const client = useClient()
  const cache = useTaskCache()
  return useInfiniteQuery({
    queryKey: taskKeys.list(status),
    queryFn: async ({ pageParam: cursor, signal }) => {
      const query = { pageSize: PAGE_SIZE, ...(status && { status }), ...(cursor && { cursor }) }
      const page = await client.tasks(query, { signal })
      const tasks = page.tasks.map(cache.current).filter((task) => !status || task.status === status)
      return { ...page, tasks }
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })
}

/** One task, changed by the feed as it moves. */
export function useTask(videoId: string): UseQueryResult<Task> {
  const client = useClient()
  const cache = useTaskCache()
  return useQuery({
    queryKey: taskKeys.one(videoId),
    queryFn: async ({ signal }) => cache.current(await client.task(videoId, { signal })),
  })
}

export function useApiKeys() {
  const client = useClient()
  return useQuery({ queryKey: apiKeysKey, queryFn: ({ signal }) => client.keys({ signal }) })
}
