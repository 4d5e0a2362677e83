import { z } from 'zod'
import { problems, told } from './problems.ts'
import { visibleText } from './text.ts'

/** What a program with a key may do. */
export const scopes = ['videos:read', 'videos:write'] as const
export type Scope = (typeof scopes)[number]

/** What every key begins with, so that scanners for lost secrets know it. */
export const KEY_START = 'sk-reelay-'

/** Body of `POST /api/keys`. */
export const NewKeyBody = z
  .strictObject({
    name: visibleText(100).describe('What it is for'),
    scopes: z
      .array(z.enum(scopes))
      .min(1)
      .max(scopes.length)
      .nullish()
      .describe('What it may do; without them everything that a key may'),
    expiresAt: z
      .int()
      .refine((at) => at > Date.now(), told(problems.future))
      .max(8_640_000_000_000_000)
      .nullish()
      .describe('When it ends, in ms since 1970; without it never'),
  })
  .meta({ examples: [{ name: 'nightly batch' }, { name: 'dashboard', scopes: ['videos:read'] }] })

const example = {
  id: '5c1d7a52-3a0e-4c0f-9a55-6c1f0a3f7f10',
  name: 'nightly batch',
  prefix: `${KEY_START}1Zx0pQ`,
  scopes: [...scopes],
  createdAt: 1_767_225_600_000,
  lastUsedAt: null,
  expiresAt: null,
}

export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('Its first characters, to tell it by'),
    scopes: z.array(z.enum(scopes)),
    createdAt: z.int().describe('Milliseconds since 1970'),
    lastUsedAt: z.int().nullable().describe('To the minute'),
    expiresAt: z.int().nullable(),
  })
  .meta({ examples: [example] })
export type ApiKey = z.infer<typeof ApiKey>

export const KeyList = z.object({ keys: z.array(ApiKey) }).meta({ examples: [{ keys: [example] }] })

export const NewKey = ApiKey.extend({ key: z.string().describe('Shown this once') }).meta({
  examples: [{ ...example, key: `${KEY_START}1Zx0pQ${'x'.repeat(37)}` }],
})
export type NewKey = z.infer<typeof NewKey>
