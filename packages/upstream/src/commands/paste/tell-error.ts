import type { Answer } from '../../answer/answer.ts'
import type { Endpoint } from '../../endpoint.ts'
import { type Category, categoryOf } from '../../errors/category.ts'
import { readReason } from '../../errors/reason.ts'
import { ruleFor } from '../../errors/rules.ts'

const about: Record<Category, string> = {
  moderation: 'what the video would show',
  request: 'the request',
  quota: 'a quota of the account',
  balance: 'the balance of the account',
  key: 'the key',
  rate: 'how much is asked for at a time',
  busy: 'upstream’s own state',
}

export function tellError({ status, body }: Answer, { scrub, reading }: Endpoint): string[] {
  const reason = readReason(body, reading.errors)
  const category = categoryOf(reason)
  const rule = ruleFor(reason, reading.errors.rules, status)
  return [
    `an error with status ${status}`,
    ...(['code', 'type', 'message'] as const).map((name) => `  ${name}: ${scrub(reason[name] ?? 'none')}`),
    `  about: ${category === undefined ? 'not told' : about[category]}`,
    ...(rule ? [`  by a rule of the dialect: ${rule.means}`] : []),
  ]
}
