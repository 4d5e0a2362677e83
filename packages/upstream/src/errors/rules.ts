import type { ErrorRule } from '../dialect/dialect.ts'
import type { Reason } from './reason.ts'

export function ruleFor(
  { code, type, message = '' }: Reason,
  rules: readonly ErrorRule[],
  status?: number,
): ErrorRule | undefined {
  const said = message.toLowerCase()
  return rules.find((rule) => {
    return (
      (rule.status === undefined || rule.status === status) &&
      (rule.code === undefined || rule.code === code) &&
      (rule.type === undefined || rule.type === type) &&
      (rule.text === undefined || said.includes(rule.text.toLowerCase()))
    )
  })
}
