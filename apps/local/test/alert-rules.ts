import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export const observability = join(import.meta.dirname, '../../api/deploy/observability')

const AlertRule = z.strictObject({
  alert: z.string().regex(/^[A-Z]\w+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+[sm]$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string().optional(),
    panel: z.string(),
    dashboard: z.string(),
  }),
})
const RuleFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(AlertRule).min(1) })).min(1),
})

/** The rules for Prometheus, as they are deployed. */
export function readAlertRules(): z.infer<typeof AlertRule>[] {
  const { groups } = RuleFile.parse(parse(readFileSync(join(observability, 'alerts.yml'), 'utf8')))
  return groups.flatMap(({ rules }) => rules)
}
