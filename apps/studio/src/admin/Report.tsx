import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { messageOf } from '../data/problem.ts'
import { useTexts as useStudioTexts } from '../i18n/texts.ts'
import { Notice } from '../ui/Notice.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { useTexts } from './use-texts.ts'

type ReportProps<T> = {
  title: string
  aside?: ComponentChildren
  query: Parameters<typeof QueryView<T>>[0]['query']
  skeleton: ComponentChildren
  children: (data: T) => ComponentChildren
}

/** A part of the page with its heading. Figures that could not be read anew stay, and that is said. */
export function Report<T>({ title, aside, query, skeleton, children }: ReportProps<T>) {
  const texts = useTexts()
  const studio = useStudioTexts()
  const id = useId()
  const isOld = query.data !== undefined && query.fetchStatus === 'idle' && Boolean(query.error)
  return (
    <section class="panel report" aria-labelledby={id}>
      <div class="report-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {isOld && <Notice look="warning">{texts.notRefreshed(messageOf(query.error, studio))}</Notice>}
      <QueryView query={query} skeleton={skeleton}>
        {children}
      </QueryView>
    </section>
  )
}
