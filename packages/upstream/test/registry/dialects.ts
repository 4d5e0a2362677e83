import { z } from 'zod'
import type { Dialects } from '../../src/registry/named-dialect.ts'

const Dialect = z.strictObject({
  auth: z.enum(['bearer', 'raw', 'header', 'none']).default('bearer'),
  authHeader: z.string().optional(),
  poll: z.strictObject({ floorMs: z.int().min(0).default(0), hint: z.string().optional() }).prefault({}),
  derive: z.array(z.strictObject({ verb: z.enum(['remix', 'edit']) })).default([]),
})

export type SmallDialect = z.infer<typeof Dialect>

const builtIn: Record<string, object> = {
  openai: {},
  azure: { auth: 'header', authHeader: 'api-key' },
  'vllm-omni': { auth: 'none' },
}

/** As the dialects of the product are read, with few keys. */
export const dialects: Dialects<SmallDialect> = {
  names: Object.keys(builtIn),
  read(source, overrides) {
    const data = 'name' in source ? builtIn[source.name] : source.data
    const parsed = Dialect.safeParse(merged(data, overrides))
    if (parsed.success) return { dialect: parsed.data }
    return { problems: parsed.error.issues.map(({ path, message }) => ({ path: dotted(path), message })) }
  },
}

function merged(a: unknown, b: unknown): unknown {
  if (!isObject(a) || !isObject(b)) return b ?? a
  return {
    ...a,
    ...Object.fromEntries(Object.entries(b).map(([key, value]) => [key, merged(a[key], value)])),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function dotted(path: PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`),
    '',
  )
}
