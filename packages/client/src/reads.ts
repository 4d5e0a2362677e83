import type { Explanation } from '@reelay/contracts/explain'
import type { ContentLink, Lineage, TaskPage } from '@reelay/contracts/replies'
import type { Task } from '@reelay/contracts/task'
import type { ListQuery } from '@reelay/contracts/task-requests'
import type { Timeline } from '@reelay/contracts/timeline'
import type { Call, CallOptions } from './call.ts'
import { taskPath, tasksPath } from './path.ts'

export type TasksQuery = Partial<Omit<ListQuery, 'all'>> & { all?: boolean }

export function createReads(call: Call, baseUrl: string) {
  return {
    task: (videoId: string, options?: CallOptions) => call<Task>('GET', taskPath(videoId), options),

    tasks,

    async *everyTask(query: TasksQuery = {}, options?: CallOptions): AsyncGenerator<Task, void, undefined> {
      let cursor: string | null | undefined = query.cursor
      do {
        const page: TaskPage = await tasks({ ...query, ...(cursor && { cursor }) }, options)
        yield* page.tasks
        cursor = page.nextCursor
      } while (cursor !== null)
    },

    lineage: (videoId: string, options?: CallOptions) =>
      call<Lineage>('GET', `${taskPath(videoId)}/lineage`, options),

    explain: (videoId: string, options?: CallOptions) =>
      call<Explanation>('GET', `${taskPath(videoId)}/explain`, options),
    timeline: (videoId: string, options?: CallOptions) =>
      call<Timeline>('GET', `${taskPath(videoId)}/timeline`, options),

    /** A link to a finished clip, good for ten minutes, that plays without a header. */
    contentLink,

    async content(videoId: string, range?: string, { signal }: CallOptions = {}): Promise<Response> {
      const { url } = await contentLink(videoId, { signal })
      return fetch(url, { headers: range ? { range } : {}, signal: signal ?? null })
    },

    recover: (clientRequestIds: string[], options?: CallOptions) =>
      call<{ tasks: Task[]; matched: number; requested: number }>('POST', `${tasksPath}/recover`, {
        ...options,
        body: { clientRequestIds },
        repeatable: true,
      }),
  }

  function tasks(query: TasksQuery = {}, options?: CallOptions): Promise<TaskPage> {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) parameters.set(name, String(value))
    return call<TaskPage>('GET', `${tasksPath}?${parameters}`, options)
  }

  async function contentLink(videoId: string, options?: CallOptions): Promise<ContentLink> {
    const link = await call<ContentLink>('GET', `${taskPath(videoId)}/content`, options)
    return { ...link, url: new URL(link.url, baseUrl).href }
  }
}
