import type { ComponentChildren } from 'preact'
import { useTexts } from '../i18n/texts.ts'
import { EmptyState } from './Notice.tsx'
import { Problem } from './Problem.tsx'

type Query<T> = {
  data: T | undefined
  error: unknown
  fetchStatus: 'fetching' | 'paused' | 'idle'
  refetch: () => Promise<unknown>
}

type QueryViewProps<T> = {
  query: Query<T>
  /** Of the size of what comes. */
  skeleton: ComponentChildren
  children: (data: T) => ComponentChildren
}

/** What a query has, else why it has nothing: it waits, it failed, or this browser is offline. */
export function QueryView<T>({ query, skeleton, children }: QueryViewProps<T>) {
  const texts = useTexts()
  if (query.data !== undefined) return children(query.data)
  if (query.fetchStatus === 'paused') return <EmptyState title={texts.problems.offline} />
  if (query.fetchStatus === 'idle' && query.error)
    return <Problem error={query.error} onRetry={() => void query.refetch()} />
  return (
    <div aria-busy="true">
      <span class="unseen" role="status">
        {texts.loading}
      </span>
      {skeleton}
    </div>
  )
}
