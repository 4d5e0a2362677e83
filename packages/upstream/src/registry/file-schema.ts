import { baseUrl, digits, headerText } from '@reelay/contracts/environment'
import { problemOf, problems } from '@reelay/contracts/problems'
import { z } from 'zod'

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -')

const wholeNumber = z
  .union([z.int().transform(String), z.string()], problems.wholeNumber.en)
  .pipe(digits({ min: 1 }))

const modelName = z
  .string()
  .regex(
    /^(?=.*\S)[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,128}$/u,
    'must be 1 to 128 printable characters, and not blank',
  )

const noModels = 'must name a model; without models every model is passed on as it is'

const modelMap = z
  .record(modelName, modelName, {
    error: ({ code }) => (code === 'invalid_type' ? 'must be an object or a list of names' : undefined),
  })
  .transform((models) => new Map(Object.entries(models)))
  .refine((models) => models.size > 0, noModels)

const modelList = z
  .array(modelName)
  .min(1, noModels)
  .superRefine((names, context) => {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) < index)
        context.addIssue({ code: 'custom', path: [index], message: 'is given twice' })
    }
  })
  .transform((names) => new Map(names.map((name) => [name, name])))

/** Ours → theirs. A list says that both are the same. */
const models = z.unknown().transform((given, context) => {
  const read = Array.isArray(given) ? parse(modelList, given) : parse(modelMap, given)
  if (read.success) return read.data
  for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
})

const Credential = map({
  name,
  key: headerText.min(1, problems.empty.en).nullish(),
  weight: wholeNumber.nullish(),
  maxInFlight: wholeNumber.nullish(),
  submitsPerMinute: wholeNumber.nullish(),
  state: z.enum(['active', 'draining']).nullish(),
})

const Upstream = map({
  name,
  dialect: z.string().min(1, problems.empty.en),
  overrides: z.record(z.string(), z.unknown()).nullish(),
  baseUrl,
  models: models.nullish(),
  credentials: z.array(Credential).min(1, 'must have a credential'),
})

const RegistryFile = map({ upstreams: z.array(Upstream).min(1, 'must have an upstream') })

export type RegistryFile = z.infer<typeof RegistryFile>

/** What `UPSTREAMS` names, with each wrong field by its path. The messages show no value. */
export function parseRegistryFile(data: unknown) {
  return parse(RegistryFile, data)
}

function parse<T extends z.ZodType>(schema: T, data: unknown): z.ZodSafeParseResult<z.infer<T>> {
  return schema.safeParse(data, { reportInput: true, error: (issue) => messageOf(issue as z.core.$ZodIssue) })
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? problems.wrong.en
  const isBareText = issue.code === 'invalid_type' && issue.expected === 'string'
  const isScalar = typeof issue.input === 'number' || typeof issue.input === 'boolean'
  return isBareText && isScalar ? 'must be text: put it in quotes' : problemOf(issue).en
}

function map<T extends z.ZodRawShape>(shape: T) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error({ code }) {
      if (code === 'unrecognized_keys') return `is not a known key: there are ${keys}`
      return code === 'invalid_type' ? `must be an object with ${keys}` : undefined
    },
  })
}
