import { ReelayError } from '@reelay/client/client'
import { wholeMessageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import './notice.css'

type ProblemProps = { error: unknown; onRetry: () => void }

/** In the place of what could not be read: why, and a way to try again where that may help. */
export function Problem({ error, onRetry }: ProblemProps) {
  const texts = useTexts()
  // The same request would be as wrong once more.
  const isWrong = error instanceof ReelayError && error.status === 400
  return (
    <div class="state" role="alert">
      <p class="state-title">{wholeMessageOf(error, texts)}</p>
      {!isWrong && <Button onClick={onRetry}>{texts.retry}</Button>}
    </div>
  )
}
