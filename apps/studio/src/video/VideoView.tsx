import type { Task } from '@reelay/contracts/task'
import type { ComponentChildren } from 'preact'
import { isNotFound } from '../data/problem.ts'
import type { useTask } from '../data/queries.ts'
import { useTexts as useStudioTexts } from '../i18n/texts.ts'
import { ButtonLink } from '../ui/Button.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { useTexts } from './use-texts.ts'

type Props = {
  query: ReturnType<typeof useTask>
  skeleton: ComponentChildren
  children: (task: Task) => ComponentChildren
}

/** The video of a page; where there is none, the way to those that are there. */
export function VideoView({ query, ...rest }: Props) {
  const texts = useTexts().page
  const { home } = useStudioTexts().problems
  if (!isNotFound(query.error)) return <QueryView query={query} {...rest} />
  return (
    <EmptyState title={texts.notFound} hint={texts.notFoundHint}>
      <ButtonLink href="/">{home}</ButtonLink>
    </EmptyState>
  )
}
