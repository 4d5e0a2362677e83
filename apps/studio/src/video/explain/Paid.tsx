import type { Explanation } from '@reelay/contracts/explain'
import { useTexts } from '../use-texts.ts'

/** What the ledger says of each attempt. */
export function Paid({ paid }: Pick<Explanation, 'paid'>) {
  const texts = useTexts().explain
  const outcomes: Record<string, string> = texts.outcomes
  if (paid.length === 0) return null
  return (
    <table class="paid">
      <caption>{texts.paid}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.attempt}</th>
          <th scope="col">{texts.credential}</th>
          <th scope="col">{texts.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {paid.map(({ attempt, credential, outcome }) => (
          <tr key={attempt}>
            <td>{attempt}</td>
            <td>{credential}</td>
            <td>{Object.hasOwn(outcomes, outcome) ? outcomes[outcome] : outcome}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
