import { useEffect, useState } from 'preact/hooks'
import { connection, connectNow } from '../data/data.tsx'
import { useOnline } from '../data/reachable.ts'
import { useTexts } from '../i18n/texts.ts'
import { useStore } from '../store.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import './connection-note.css'

/** A cut that is mended at once is no news. */
const SHOWN_AFTER_MS = 1500

/** Says that what is shown may be old, for as long as that is so. */
export function ConnectionNote() {
  const texts = useTexts().connection
  const isOnline = useOnline()
  const isLost = useLasting(useStore(connection) === 'lost')
  const isShown = !isOnline || isLost
  return (
    <div class="connection" role="status">
      {isShown && (
        <Notice look="warning">
          {isOnline ? texts.lost : texts.offline}
          {isOnline && <Button onClick={connectNow}>{texts.now}</Button>}
        </Notice>
      )}
    </div>
  )
}

function useLasting(isSo: boolean): boolean {
  const [lasts, setLasts] = useState(false)
  useEffect(() => {
    setLasts(false)
    if (!isSo) return
    const timer = setTimeout(() => setLasts(true), SHOWN_AFTER_MS)
    return () => clearTimeout(timer)
  }, [isSo])
  return lasts
}
