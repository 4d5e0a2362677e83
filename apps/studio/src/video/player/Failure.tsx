import type { Task } from '@reelay/contracts/task'
import { costOfRetry } from '../actions/cost-of-retry.ts'
import { useTexts } from '../use-texts.ts'
import { saidByUpstream } from './said-by-upstream.ts'

/** Why a video failed in our words, what upstream said, and what one can do. */
export function Failure({ task }: { task: Task }) {
  const texts = useTexts()
  const { what, advice } = texts.failure[task.errorCode ?? 'other']
  const said = saidByUpstream(task)
  const cost = costOfRetry(task, false)
  return (
    <div class="player-failure">
      <p class="player-what">{what}</p>
      {said && (
        <dl>
          <dt>{texts.player.upstreamSaid}</dt>
          <dd>{said.message}</dd>
          {said.code && (
            <>
              <dt>{texts.player.upstreamCode}</dt>
              <dd>
                <code>{said.code}</code>
              </dd>
            </>
          )}
        </dl>
      )}
      <p class="player-hint">{cost === 'nothing' ? texts.actions.retryCost.nothing : advice}</p>
    </div>
  )
}
