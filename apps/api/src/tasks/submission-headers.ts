import type { FastifyRequest } from 'fastify'
import { invalid } from '../http/errors.ts'

/** `Prefer` is a list, of which other entries may have values in quotes. */
export function prefersNoWait({ headers }: FastifyRequest): boolean {
  const entries = String(headers.prefer ?? '').match(/(?:"(?:\\.|[^"\\])*"|[^,"])+/g) ?? []
  return entries.some((entry) => /^\s*respond-async\s*(?:[;=]|$)/i.test(entry))
}

/** Whether an official SDK has sent this request before, as it says itself; undefined for other clients. */
export function isResend({ headers }: FastifyRequest): boolean | undefined {
  const count = headers['x-stainless-retry-count']
  return typeof count === 'string' && /^\d{1,3}$/.test(count) ? Number(count) > 0 : undefined
}

/** `Idempotency-Key` and `clientRequestId` are the same thing; both given and different is a mistake. */
export function idempotencyKey(
  { headers }: FastifyRequest,
  clientRequestId: string | null | undefined,
): string | null {
  const header = headers['idempotency-key']
  if (header === undefined) return clientRequestId ?? null
  if (typeof header !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(header)) {
    throw invalid('Idempotency-Key', {
      en: 'must be 1 to 255 printable ASCII characters',
      zh: '必须为 1 到 255 个可打印的 ASCII 字符',
    })
  }
  if (clientRequestId != null && clientRequestId !== header) {
    throw invalid('clientRequestId', {
      en: 'must be the same as the Idempotency-Key header when both are given',
      zh: '与 Idempotency-Key 请求头同时给出时，两者必须相同',
    })
  }
  return header
}
