import { sharesOf, totalOf } from './calls.ts'
import { useTexts, wordFor } from './use-texts.ts'

type CallsProps = { title: string; counts: Record<string, number> | null }

export function Calls({ title, counts }: CallsProps) {
  const texts = useTexts().upstreams
  const shares = sharesOf(counts ?? {})
  return (
    <div class="calls">
      <h5 class="calls-title">
        {title}
        {counts !== null && <span class="calls-total">{totalOf(counts)}</span>}
      </h5>
      <div class="bar-of-parts" aria-hidden="true">
        {shares.map(({ outcome, judgement, percent }) => (
          <span key={outcome} class={`part ${judgement}`} style={{ width: `${percent}%` }} />
        ))}
      </div>
      {shares.length === 0 ? (
        <p class="soft small">{counts === null ? texts.unknown : texts.noCalls}</p>
      ) : (
        <ul class="legend">
          {shares.map(({ outcome, count, judgement }) => (
            <li key={outcome} class={judgement}>
              {wordFor(texts.outcomes, outcome)} {count}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
