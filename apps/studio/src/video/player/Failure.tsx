import type { Task } from '@reelay/contracts/task'
import { useTexts } from '../use-texts.ts'

/** Why a video failed in our words, what upstream said, and what one can do. */
export function Failure({ task: { errorCode, errorMessage, upstreamCode } }: { task: Task }) {
  const texts = useTexts()
  const { what, advice } = texts.failure[errorCode ?? 'other']
  return (
    <div class="player-failure">
      <p class="player-what">{what}</p>
      {errorMessage && (
        <dl>
          <dt>{texts.player.upstreamSaid}</dt>
          <dd>{errorMessage}</dd>
          {upstreamCode && (
            <>
              <dt>{texts.player.upstreamCode}</dt>
              <dd>
                <code>{upstreamCode}</code>
              </dd>
            </>
          )}
        </dl>
      )}
      <p class="player-hint">{advice}</p>
    </div>
  )
}
