import type { TaskStatus } from '@reelay/contracts/lifecycle'
import { useSearchParams } from 'wouter-preact'
import { useTasks } from '../data/queries.ts'
import { useTexts } from '../i18n/texts.ts'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { CardSkeletons } from './Card.tsx'
import { Cards } from './Cards.tsx'
import { Filter, statusOf } from './Filter.tsx'
import { MoreCards } from './MoreCards.tsx'

export function GalleryPage() {
  const texts = useTexts()
  const [search] = useSearchParams()
  const status = statusOf(search.get('status'))
  const query = useTasks(status)
  return (
    <Page title={texts.gallery.title} aside={<Filter status={status} />}>
      <QueryView query={query} skeleton={<CardSkeletons />}>
        {({ pages }) => {
          const tasks = pages.flatMap((page) => page.tasks)
          return tasks.length === 0 && !query.hasNextPage ? (
            <Nothing status={status} />
          ) : (
            <>
              <Cards tasks={tasks} />
              <MoreCards query={query} />
            </>
          )
        }}
      </QueryView>
    </Page>
  )
}

function Nothing({ status }: { status: TaskStatus | undefined }) {
  const { gallery, nav } = useTexts()
  if (status) return <EmptyState title={gallery.emptyFiltered} />
  return (
    <EmptyState title={gallery.empty} hint={gallery.emptyHint}>
      <ButtonLink href="/new" look="main">
        {nav.create}
      </ButtonLink>
    </EmptyState>
  )
}
