import { messageOf } from '../data/problem.ts'
import { useTexts } from '../i18n/texts.ts'
import { Button } from './Button.tsx'
import './notice.css'

type ProblemProps = { error: unknown; onRetry: () => void }

/** In the place of what could not be read: why, and a way to try again. */
export function Problem({ error, onRetry }: ProblemProps) {
  const texts = useTexts()
  return (
    <div class="state" role="alert">
      <p class="state-title">{messageOf(error, texts)}</p>
      <Button onClick={onRetry}>{texts.retry}</Button>
    </div>
  )
}
