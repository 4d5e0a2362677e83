import type { FastifyRequest } from 'fastify'
import type { Bill } from './bill.ts'
import type { Key, Keys } from './keys.ts'
import { Problem } from './problem.ts'

export const authStyles = ['bearer', 'raw', 'api-key', 'none'] as const
export type AuthStyle = (typeof authStyles)[number]

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the request came with; null where none is needed. */
    key: Key | null
  }
}

const secretOf = {
  bearer: ({ authorization }) => /^Bearer (.+)$/.exec(authorization ?? '')?.[1],
  raw: ({ authorization }) => authorization,
  'api-key': (headers) => headers['api-key']?.toString(),
} satisfies Record<Exclude<AuthStyle, 'none'>, (headers: FastifyRequest['headers']) => string | undefined>

/** Lets requests with a valid key pass, and counts the others. */
export function requireKey(styles: readonly AuthStyle[], { keys, bill }: { keys: Keys; bill: Bill }) {
  return async (request: FastifyRequest) => {
    const secrets = styles.flatMap((style) =>
      style === 'none' ? [] : [secretOf[style](request.headers)].filter((secret) => secret !== undefined),
    )
    const key = secrets.map(keys.find).find((found) => found !== undefined)
    if (key && !key.revoked) {
      request.key = key
      key.requests += 1
      return
    }
    if (styles.includes('none')) return

    if (key) key.refused += 1
    bill.mistake(key ? 'revokedKey' : 'unknownKey')
    const isSent = request.headers.authorization || request.headers['api-key']
    const message = isSent ? 'Incorrect API key provided.' : "You didn't provide an API key."
    throw new Problem('wrong_key', message)
  }
}
