import type { ApiKey, NewKey } from '@reelay/contracts/api-keys'
import { useMutation, useQueryClient } from '@tanstack/preact-query'
import { useState } from 'preact/hooks'
import { useClient } from '../data/data.tsx'
import { useApiKeys } from '../data/queries.ts'
import { apiKeysKey } from '../data/query-keys.ts'
import { useTexts } from '../i18n/texts.ts'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { EmptyState } from '../ui/Notice.tsx'
import { Page } from '../ui/Page.tsx'
import { QueryView } from '../ui/QueryView.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { KeyForm } from './KeyForm.tsx'
import { KeyList } from './KeyList.tsx'
import { MadeKey } from './MadeKey.tsx'
import './keys.css'

/** Keys for programs: makes them, shows each once, revokes them. */
export function KeysPage() {
  const { keys: words } = useTexts()
  const query = useApiKeys()
  const [made, setMade] = useState<NewKey>()
  const [revoked, setRevoked] = useState<ApiKey>()
  return (
    <Page title={words.title} narrow>
      <div class="stack keys">
        <p class="soft">{words.intro}</p>
        <KeyForm onMade={setMade} />
        {made && <MadeKey made={made} />}
        <section class="stack">
          <h2>{words.list}</h2>
          <QueryView query={query} skeleton={<Skeleton height="9rem" />}>
            {(keys) =>
              keys.length === 0 ? (
                <EmptyState title={words.empty} />
              ) : (
                <KeyList keys={keys} onRevoke={setRevoked} />
              )
            }
          </QueryView>
        </section>
      </div>
      {revoked && (
        <RevokeDialog
          apiKey={revoked}
          onClose={() => setRevoked(undefined)}
          onRevoked={() => made?.id === revoked.id && setMade(undefined)}
        />
      )}
    </Page>
  )
}

type RevokeDialogProps = { apiKey: ApiKey; onClose: () => void; onRevoked: () => void }

function RevokeDialog({ apiKey, onClose, onRevoked }: RevokeDialogProps) {
  const texts = useTexts()
  const client = useClient()
  const queries = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => client.revokeKey(apiKey.id),
    onSuccess: () => {
      onRevoked()
      onClose()
    },
    // One that was not found is gone, too.
    onSettled: () => queries.invalidateQueries({ queryKey: apiKeysKey }),
  })
  return (
    <ConfirmDialog
      title={texts.keys.revokeTitle}
      text={texts.keys.revokeText(apiKey.name)}
      confirm={texts.keys.revoke}
      isDangerous
      isPending={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    />
  )
}
