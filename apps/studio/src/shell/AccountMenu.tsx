import { useTexts } from '../i18n/texts.ts'
import { signOut } from '../session/session.ts'
import { Button } from '../ui/Button.tsx'
import { PreferenceChoices } from './PreferenceChoices.tsx'
import './account-menu.css'

/** Whose page it is, how it looks and in what language, and the way out. */
export function AccountMenu({ username }: { username: string }) {
  const { account } = useTexts()
  return (
    <div class="account">
      <button
        type="button"
        class="button quiet"
        popovertarget="account-menu"
        aria-label={`${account.menu}: ${username}`}
      >
        <span class="account-name">{username}</span>
        <span aria-hidden="true">▾</span>
      </button>
      <div id="account-menu" class="account-menu" popover="auto" role="dialog" aria-label={account.menu}>
        <div class="stack">
          <p class="account-menu-name">{username}</p>
          <PreferenceChoices />
          <Button onClick={signOut}>{account.signOut}</Button>
        </div>
      </div>
    </div>
  )
}
