import type { NewKey } from '@reelay/contracts/api-keys'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useTexts } from '../i18n/texts.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'

/** The key itself, for as long as this page is open. */
export function MadeKey({ made }: { made: NewKey }) {
  const words = useTexts().keys
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState<string>()
  // It is what one came for, and may be copied by hand.
  useEffect(() => field.current?.select(), [made.key])

  async function copy(): Promise<void> {
    field.current?.select()
    await navigator.clipboard?.writeText(made.key)
    setCopied(made.key)
  }

  return (
    <Notice look="good">
      <div class="stack keys-made">
        <p>{words.made}</p>
        <div class="keys-made-row">
          <input ref={field} class="input code" readOnly aria-label={words.key} value={made.key} />
          <Button onClick={() => void copy()}>{copied === made.key ? words.copied : words.copy}</Button>
        </div>
      </div>
    </Notice>
  )
}
