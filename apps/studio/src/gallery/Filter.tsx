import type { TaskStatus } from '@reelay/contracts/lifecycle'
import { Link } from 'wouter-preact'
import { useTexts } from '../i18n/texts.ts'
import './filter.css'

const statuses: readonly TaskStatus[] = ['QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED']

/** Each filter is an address, so that it can be gone back to. */
export function Filter({ status }: { status: TaskStatus | undefined }) {
  const texts = useTexts()
  return (
    <nav class="filter" aria-label={texts.gallery.filter}>
      <FilterLink href="/" isHere={status === undefined}>
        {texts.gallery.all}
      </FilterLink>
      {statuses.map((each) => (
        <FilterLink key={each} href={`/?status=${each.toLowerCase()}`} isHere={status === each}>
          {texts.status[each]}
        </FilterLink>
      ))}
    </nav>
  )
}

/** What an address asks for; an unknown status is none. */
export function statusOf(text: string | null): TaskStatus | undefined {
  return statuses.find((status) => status === text?.toUpperCase())
}

function FilterLink({ href, isHere, children }: { href: string; isHere: boolean; children: string }) {
  return (
    <Link href={href} class="filter-link" aria-current={isHere ? 'true' : undefined}>
      {children}
    </Link>
  )
}
