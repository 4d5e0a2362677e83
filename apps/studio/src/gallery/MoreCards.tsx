import { useEffect, useRef } from 'preact/hooks'
import { messageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

type Paged = {
  hasNextPage: boolean
  isFetchingNextPage: boolean
  isFetchNextPageError: boolean
  error: unknown
  fetchNextPage: () => Promise<unknown>
}

/** Brings the next page before its end is in sight, and at the press of a button. */
export function MoreCards({ query }: { query: Paged }) {
  const texts = useTexts()
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query
  const end = useRef<HTMLDivElement>(null)
  const mayFetch = hasNextPage && !isFetchingNextPage && !isFetchNextPageError
  useEffect(() => {
    if (!end.current || !mayFetch) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) void fetchNextPage()
      },
      { rootMargin: '800px' },
    )
    observer.observe(end.current)
    return () => observer.disconnect()
  }, [mayFetch, fetchNextPage])

  if (!hasNextPage) return <div class="cards-more" />
  return (
    <div ref={end} class="cards-more">
      {isFetchNextPageError && <Notice look="problem">{messageOf(query.error, texts)}</Notice>}
      <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {isFetchingNextPage ? texts.loading : isFetchNextPageError ? texts.retry : texts.gallery.more}
      </Button>
    </div>
  )
}
