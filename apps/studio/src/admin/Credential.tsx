import type { CredentialReport } from '@reelay/contracts/upstreams'
import { Time } from '../ui/Time.tsx'
import { Calls } from './Calls.tsx'
import { useCountdown } from './clock.ts'
import { useTexts, wordFor } from './use-texts.ts'

/** A key at an upstream: what it makes, what holds it back, and how its calls went. */
export function Credential({ credential }: { credential: CredentialReport }) {
  const texts = useTexts().upstreams
  const { name, state, missedThenFound } = credential
  return (
    <>
      <div class="credential-head">
        <h4 class="code">{name}</h4>
        <span class={state === 'active' ? 'soft small' : 'warned small'}>{texts.states[state]}</span>
      </div>
      <Hold credential={credential} />
      <Facts credential={credential} />
      <Calls title={texts.submits} counts={credential.submits} />
      <Calls title={texts.polls} counts={credential.polls} />
      {Boolean(missedThenFound) && <p class="warned small">{texts.missedThenFound(missedThenFound ?? 0)}</p>}
    </>
  )
}

function Hold({ credential: { heldUntil, heldBecause } }: { credential: CredentialReport }) {
  const texts = useTexts().upstreams
  const left = useCountdown(heldUntil)
  if (heldUntil === null) return null
  const because = wordFor(texts.because, heldBecause ?? 'unclear')
  return <p class="hold">{left === undefined ? texts.probing(because) : texts.heldFor(because, left)}</p>
}

function Facts({ credential }: { credential: CredentialReport }) {
  const texts = useTexts().upstreams
  const { inFlight, maxInFlight, weight, lastSuccessAt, lastError } = credential
  return (
    <dl class="facts">
      <dt>{texts.inFlight}</dt>
      <dd>
        {maxInFlight === null ? texts.noLimit(inFlight) : texts.of(inFlight, maxInFlight)}
        {maxInFlight !== null && <Fill part={inFlight / maxInFlight} />}
      </dd>
      {weight !== null && (
        <>
          <dt>{texts.weight}</dt>
          <dd>{weight}</dd>
        </>
      )}
      <dt>{texts.lastSuccess}</dt>
      <dd>{lastSuccessAt === null ? texts.none : <Time at={lastSuccessAt} />}</dd>
      <dt>{texts.lastError}</dt>
      <dd>
        {lastError === null ? (
          texts.none
        ) : (
          <>
            <Time at={lastError.at} />, {wordFor(texts.operations, lastError.operation)}:{' '}
            {wordFor(texts.outcomes, lastError.outcome)}
          </>
        )}
      </dd>
    </dl>
  )
}

/** How much of a limit is taken; the figures beside it say the same. */
function Fill({ part }: { part: number }) {
  return (
    <div class="bar-of-parts" aria-hidden="true">
      <span class="part good" style={{ width: `${Math.min(100, 100 * part)}%` }} />
    </div>
  )
}
