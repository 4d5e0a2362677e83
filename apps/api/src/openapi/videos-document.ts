import type { OpenAPIV3_1 } from 'openapi-types'

type Document = OpenAPIV3_1.Document
type Components = NonNullable<Document['components']>

const BASE = '/v1'

/** The document of the Videos API alone: the part of the whole that is at `/v1`, and what that refers to. */
export function videosDocument(whole: Document): Document {
  const paths = Object.fromEntries(
    Object.entries(whole.paths ?? {}).flatMap(([path, item]) =>
      path.startsWith(`${BASE}/`) ? [[path.slice(BASE.length), item]] : [],
    ),
  )
  const { title, version, license } = whole.info
  return {
    openapi: whole.openapi,
    info: { title: `${title}: Videos API`, version, ...(license && { license }) },
    servers: [{ url: BASE }],
    tags: whole.tags?.filter(({ name }) => name === 'videos') ?? [],
    paths,
    components: referredTo(paths, whole.components ?? {}),
  }
}

function referredTo(paths: object, all: Components): Components {
  const found: Record<string, Record<string, unknown>> = {}
  const waiting: unknown[] = [paths]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [, kind = '', name = ''] of JSON.stringify(next).matchAll(
      /"#\/components\/(\w+)\/([^"]+)"/g,
    )) {
      const group = found[kind] ?? {}
      found[kind] = group
      const component = (all as Record<string, Record<string, unknown> | undefined>)[kind]?.[name]
      if (name in group || component === undefined) continue
      group[name] = component
      waiting.push(component)
    }
  }
  const { bearer } = all.securitySchemes ?? {}
  return { ...inOrder(found), ...(bearer && { securitySchemes: { bearer } }) }
}

function inOrder(groups: Record<string, Record<string, unknown>>): Components {
  const sorted = (record: object) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(Object.fromEntries(Object.entries(groups).map(([kind, group]) => [kind, sorted(group)])))
}
