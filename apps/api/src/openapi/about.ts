import type { OpenAPIV3_1 } from 'openapi-types'
import type { ApiErrorCode } from '../http/api-errors.ts'
import type { RequestHeader, ResponseHeader } from './headers.ts'

export const tags = {
  accounts: 'Accounts and their tokens',
  tasks: 'Videos that are to be made, are being made or were made',
  content: 'The videos themselves',
  videos: 'The Videos API, for which there are official SDKs',
  feed: 'Live progress as server-sent events',
  admin: 'For those who run it',
  operations: 'For the machines that watch this one',
} as const

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token that POST /api/auth/login returns, or an API key: sk-reelay-…',
  },
  account: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token that POST /api/auth/login returns, and no API key',
  },
  token: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'The same token in the address, for an EventSource; the feed alone takes it there',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'What POST /api/sse/tickets returns: opens one feed within a minute',
  },
  scraper: {
    type: 'http',
    scheme: 'bearer',
    description: 'METRICS_TOKEN; where none is set, whoever asks from the same machine',
  },
} as const satisfies Record<string, OpenAPIV3_1.SecuritySchemeObject>

type Success = {
  description?: string
  headers?: ResponseHeader[]
  content?: OpenAPIV3_1.ResponseObject['content']
}

/** What the schemas of a route can’t say. */
export type About = {
  summary: string
  tag: keyof typeof tags
  description?: string
  /** Any one of these opens it; none for routes that are open to all. */
  security?: (keyof typeof securitySchemes)[]
  /** The failures that are its own; those that many routes share are added by `complete`. */
  fails?: ApiErrorCode[]
  takes?: RequestHeader[]
  /** By status; those with a schema need nothing but what is worth saying. */
  returns?: Record<number, Success>
  /** Bodies that are no JSON; `formsOnly` where JSON is none. */
  forms?: NonNullable<OpenAPIV3_1.RequestBodyObject['content']>
  formsOnly?: boolean
  probe?: boolean
}

export const ABOUT = 'x-about'

/** Describes a route: spread it into the route’s schema. */
export function about(route: About) {
  const { summary, tag, description, security = [] } = route
  return {
    summary,
    tags: [tag],
    ...(description && { description }),
    security: security.map((scheme) => ({ [scheme]: [] })),
    [ABOUT]: route,
  }
}
