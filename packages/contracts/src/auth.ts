import { z } from 'zod'
import { account, expiring, token, userId } from './examples.ts'
import { problems } from './problems.ts'
import { plainText } from './text.ts'

export const Username = z
  .string()
  // Some letters are there to be not seen, such as the Hangul fillers.
  .regex(/^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}._-]{3,64}$/u, problems.username.en)
export const Password = plainText(8, 256)

export const RegisterBody = z
  .strictObject({
    username: Username,
    email: z.email(problems.email.en).max(254),
    password: Password,
  })
  .meta({ examples: [{ ...account, password: 'Test123456' }] })

/** Lenient on purpose: a wrong shape of name is a wrong name, answered like any other. */
export const LoginBody = z
  .strictObject({ username: plainText(1, 256), password: plainText(1, 256) })
  .meta({ examples: [{ username: account.username, password: 'Test123456' }] })

export const VerifyBody = z
  .strictObject({ token: z.string().min(1).max(4096) })
  .meta({ examples: [{ token }] })

export const roles = ['USER', 'ADMIN'] as const
export type Role = (typeof roles)[number]

export const Registered = z
  .object({ id: z.string(), username: z.string(), email: z.string() })
  .meta({ examples: [{ id: userId, ...account }] })
export type Registered = z.infer<typeof Registered>

export const LoggedIn = z
  .object({
    token: z.string(),
    user: z.object({ id: z.string(), username: z.string(), email: z.string(), role: z.enum(roles) }),
    expiresAt: z.int().describe('Milliseconds since 1970'),
  })
  .meta({ examples: [{ token, user: { id: userId, ...account, role: 'USER' }, ...expiring }] })
export type LoggedIn = z.infer<typeof LoggedIn>

export const Verified = z
  .object({
    userId: z.string(),
    username: z.string(),
    role: z.enum(roles),
    expiresAt: z.int().describe('Milliseconds since 1970'),
  })
  .meta({ examples: [{ userId, username: account.username, role: 'USER', ...expiring }] })

export const TicketHolder = z.object({
  userId: z.string(),
  tokenExpiresAt: z.int().describe('Milliseconds since 1970'),
  /** The API key that it was got with: its end is the feed’s. */
  keyId: z.string().optional(),
})
export type TicketHolder = z.infer<typeof TicketHolder>
