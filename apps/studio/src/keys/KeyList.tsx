import type { ApiKey } from '@reelay/contracts/api-keys'
import { language } from '../i18n/language.ts'
import { useTexts } from '../i18n/texts.ts'
import { dateOf } from '../i18n/times.ts'
import { useStore } from '../store.ts'
import { Button } from '../ui/Button.tsx'
import { Time } from '../ui/Time.tsx'

type KeyListProps = { keys: ApiKey[]; onRevoke: (key: ApiKey) => void }

export function KeyList({ keys, onRevoke }: KeyListProps) {
  const words = useTexts().keys
  const chosen = useStore(language)
  return (
    <ul class="panel keys-list">
      {keys.map((key) => (
        <li key={key.id} class="keys-item">
          <div class="keys-about">
            <p class="keys-name">{key.name}</p>
            <p class="code soft">{key.prefix}…</p>
            <p class="small soft">{key.scopes.map((scope) => words.scopeNames[scope]).join(' · ')}</p>
            <p class="small soft">
              {words.created} <Time at={key.createdAt} /> · {words.used}{' '}
              {key.lastUsedAt === null ? words.never : <Time at={key.lastUsedAt} />}
              {key.expiresAt !== null && ` · ${words.expires} ${dateOf(key.expiresAt, chosen)}`}
            </p>
          </div>
          <Button look="danger" aria-label={`${words.revoke}: ${key.name}`} onClick={() => onRevoke(key)}>
            {words.revoke}
          </Button>
        </li>
      ))}
    </ul>
  )
}
