import type { Role } from '@reelay/contracts/auth'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { useTexts } from '../i18n/texts.ts'
import { AccountMenu } from './AccountMenu.tsx'
import { ConnectionNote } from './ConnectionNote.tsx'
import './shell.css'

type ShellProps = { user: { username: string; role: Role }; children: ComponentChildren }

/** What stands around every page: the way to the others, the account, and what is wrong with the connection. */
export function Shell({ user, children }: ShellProps) {
  const texts = useTexts()
  useScrollToTop()
  return (
    <div class="shell">
      <a class="button skip" href="#content">
        {texts.skip}
      </a>
      <header class="bar">
        <div class="bar-inner">
          <Link href="/" class="brand">
            {texts.name}
          </Link>
          <nav class="bar-pages" aria-label={texts.nav.label}>
            <PageLink href="/">{texts.nav.videos}</PageLink>
            <PageLink href="/new">{texts.nav.create}</PageLink>
            <PageLink href="/keys">{texts.nav.keys}</PageLink>
            {user.role === 'ADMIN' && <PageLink href="/admin">{texts.nav.admin}</PageLink>}
          </nav>
          <AccountMenu username={user.username} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <ConnectionNote />
    </div>
  )
}

function PageLink({ href, children }: { href: string; children: ComponentChildren }) {
  const [here] = useLocation()
  const isHere = href === '/' ? here === '/' : here === href || here.startsWith(`${href}/`)
  return (
    <Link href={href} class="bar-link" aria-current={isHere ? 'page' : undefined}>
      {children}
    </Link>
  )
}

/** A new page begins at its top; one that was gone back to is where it was. */
function useScrollToTop(): void {
  const [here] = useLocation()
  useEffect(() => {
    const isBack = () => {
      cameBack = true
    }
    addEventListener('popstate', isBack)
    return () => removeEventListener('popstate', isBack)
  }, [])
  useEffect(() => {
    if (!cameBack) scrollTo(0, 0)
    cameBack = false
  }, [here])
}

let cameBack = true
