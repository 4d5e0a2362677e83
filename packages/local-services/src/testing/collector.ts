import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/**
 * A span as a collector of OpenTelemetry gets it, with the name of the service that sent it. A `kind` of 2 serves, 3
 * asks, and 5 takes up a job.
 */
export type CollectedSpan = {
  service: string
  scope: string
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  name: string
  kind: number
  attributes: Record<string, string | number>
  links: { traceId: string; spanId: string }[]
}

type Value = { stringValue?: string; intValue?: number }
type Attribute = { key: string; value: Value }
type Body = {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: {
      scope: { name: string }
      spans: (Omit<CollectedSpan, 'attributes' | 'links'> & {
        attributes: Attribute[]
        links?: CollectedSpan['links']
      })[]
    }[]
  }[]
}

export async function startCollector() {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    bodies.push(await text(request))
    response.setHeader('content-type', 'application/json').end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => bodies.join('\n'),
    spans: () => bodies.flatMap((body) => spansIn(JSON.parse(body))),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

function spansIn({ resourceSpans }: Body): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => ({
        ...span,
        service: String(record(resource.attributes)['service.name']),
        scope: scope.name,
        attributes: record(span.attributes),
        links: span.links ?? [],
      })),
    ),
  )
}

function record(attributes: Attribute[]): Record<string, string | number> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
  )
}
