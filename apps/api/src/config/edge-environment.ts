import { isIP } from 'node:net'
import { originOf, wholeNumber } from '@reelay/contracts/environment'
import { z } from 'zod'

export const edgeEnvironment = {
  DOCS: z
    .enum(['open', 'closed'])
    .optional()
    .describe('Whether /docs is there; without it, everywhere but in production'),
  RATE_LIMIT_PER_MINUTE: wholeNumber(300).describe(
    'Requests of one user, or of one address without a token; a link counts for its video. 0 turns all rate limits off',
  ),
  SHED_AT_DELAY_MS: wholeNumber(500).describe(
    'Mean delay of the event loop from which on requests get 503 overloaded; 0 for none',
  ),
  CORS_ORIGIN: list(asOrigin, 'must be origins such as https://app.host:8443, separated by commas')
    .refine((origins) => origins.length === 1 || !origins.includes('*'), 'must be * alone or none of it')
    .optional()
    .describe('Origins whose pages may call the api, separated by commas; * only outside production'),
  TRUST_PROXY: list(
    (text) => (isAddressOrBlock(text) ? text : undefined),
    'must be addresses or CIDR blocks, separated by commas',
  )
    .optional()
    .describe('Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed'),
}

function list(read: (entry: string) => string | undefined, message: string) {
  return z.string().transform((text, context) => {
    const entries = text.split(',').map((entry) => read(entry.trim()))
    if (entries.includes(undefined)) context.addIssue(message)
    return entries.filter((entry) => entry !== undefined)
  })
}

/** As a browser says it: a slash at the end, an upper case host or a port that goes without saying is none of it. */
function asOrigin(text: string): string | undefined {
  return text === '*' ? text : originOf(text)
}

/** A block of everybody would let each client choose its own address. */
function isAddressOrBlock(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (most === 0 || more.length > 0) return false
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most)
}
