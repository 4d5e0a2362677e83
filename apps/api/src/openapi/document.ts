import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { OpenAPIV3_1 } from 'openapi-types'
import { leaveUncounted } from '../http/limits.ts'
import { securitySchemes, tags } from './about.ts'
import { complete } from './complete.ts'

const description = `A durable remix relay for Sora-style video APIs. Success is \`{success: true, data}\`, and everything else a
\`Failure\` with a stable \`code\` and a sentence that is Chinese where \`Accept-Language\` prefers it. An address
that is not there is 404 \`not_found\`; what can't be read as a request is 400 \`invalid_request\`, what takes too long to
arrive 408 \`request_timeout\`, and headers of more than 16 KiB are 431 \`headers_too_large\`. Dates are ISO 8601, \`expiresAt\` is milliseconds since 1970. Unknown fields of
a body are refused by name, and one that may be left out may be null; unknown query parameters are ignored. What is
given twice, be it a header, a field or a parameter, is refused by name, and so is what is no UTF-8. Bodies have at most
512 KiB.`

type Numbers = {
  type?: string | string[]
  format?: string
  pattern?: string
  maximum?: number
  minimum?: number
}

/** Without the patterns of known formats and of numbers in an address, and without the bounds that every whole number has. */
const zodToJsonConfig = {
  override({ jsonSchema }: { jsonSchema: Numbers }) {
    if (jsonSchema.format !== undefined || jsonSchema.type === 'integer') delete jsonSchema.pattern
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  },
}
const withNames = createJsonSchemaTransformObject({ zodToJsonConfig })

export type DocumentationOptions = { open: boolean }

/** The OpenAPI document of every route that is registered later, and where it is open a page that shows it. */
export const documentation = fp(async (app, { open }: DocumentationOptions) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Reelay',
        version: '0.1.0',
        description: description.replaceAll('\n', ' '),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: { securitySchemes },
    },
    convertConstToEnum: false,
    hideUntagged: true,
    transform: createJsonSchemaTransform({ zodToJsonConfig }),
    transformObject: (document) => complete(withNames(document) as OpenAPIV3_1.Document) as never,
  })
  if (!open) return
  await app.register(async (scope) => {
    leaveUncounted(scope)
    await scope.register(swaggerUi, page)
  })
})

/** Needs nothing that the edge forbids but the pictures inside its own style sheet. */
const page = {
  routePrefix: '/docs',
  theme: { title: 'Reelay' },
  uiConfig: { layout: 'BaseLayout', docExpansion: 'list', defaultModelsExpandDepth: 0 },
  transformStaticCSP: (policy: string) => `${policy};img-src 'self' data:`,
} as const
