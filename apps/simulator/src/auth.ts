import type { FastifyRequest } from 'fastify'
import { ApiError } from './errors.ts'

export type AuthStyle = 'bearer' | 'raw' | 'api-key'

export function requireKey(style: AuthStyle, key: string) {
  const header = style === 'api-key' ? 'api-key' : 'authorization'
  const wanted = style === 'bearer' ? `Bearer ${key}` : key

  return async ({ headers }: FastifyRequest) => {
    if (headers[header] === wanted) return
    const message = headers[header] ? 'Incorrect API key provided.' : "You didn't provide an API key."
    throw new ApiError(401, message, { code: 'invalid_api_key' })
  }
}
