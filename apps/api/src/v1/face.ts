import { exampleOf } from '@reelay/contracts/replies'
import { apiErrors } from '../http/api-errors.ts'
import { ApiError } from '../http/errors.ts'
import type { Face } from '../openapi/failures.ts'
import { failureOf, statusOf } from './failure.ts'

/** How the Videos API writes its failures, for its document. Those of upstream may have upstream's own code. */
export const videosFace: Face = {
  prefix: 'v1.',
  headers: ['x-request-id', 'x-should-retry'],
  statusOf: (code) => statusOf(code),
  schemaOf: () => ({ $ref: '#/components/schemas/VideosFailure' }) as never,
  example(code) {
    const { details } = apiErrors[code]
    return failureOf(new ApiError(code, details && exampleOf(details)))
  },
}
