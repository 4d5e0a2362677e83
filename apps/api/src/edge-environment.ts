import { isIP } from 'node:net'
import { wholeNumber } from '@reelay/contracts/environment'
import { z } from 'zod'

/** Who may come in, from where and how often. */
export const edgeEnvironment = {
  DOCS: z
    .enum(['open', 'closed'])
    .optional()
    .describe('Whether /docs is there; without it, everywhere but in production'),
  RATE_LIMIT_PER_MINUTE: wholeNumber(300).describe(
    'Requests of one user, or of one address without a token; 0 turns all rate limits off',
  ),
  SHED_AT_DELAY_MS: wholeNumber(500).describe(
    'Mean delay of the event loop from which on requests get 503 overloaded; 0 for none',
  ),
  CORS_ORIGIN: list(isOrigin, 'must be origins such as https://app.host:8443, separated by commas')
    .refine((origins) => origins.length === 1 || !origins.includes('*'), 'must be * alone or none of it')
    .optional()
    .describe('Origins whose pages may call the api, separated by commas; * only outside production'),
  TRUST_PROXY: list(isAddressOrBlock, 'must be addresses or CIDR blocks, separated by commas')
    .optional()
    .describe('Addresses or CIDR blocks of proxies whose X-Forwarded-For is believed'),
}

function list(isGood: (entry: string) => boolean, message: string) {
  return z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .refine((entries) => entries.every(isGood), message)
}

function isOrigin(text: string): boolean {
  if (text === '*') return true
  return /^https?:[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** A block of everybody would let each client choose its own address. */
function isAddressOrBlock(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  if (most === 0 || more.length > 0) return false
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= most)
}
