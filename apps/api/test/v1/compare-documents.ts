import { type Document, resolved, type Schema, type Shape, shapeOf } from './shape.ts'

type Media = Record<string, { schema?: Schema }>
type Operation = {
  parameters?: Schema[]
  requestBody?: { content: Media }
  responses: Record<string, Schema>
}
type Side = { document: Document; operation: Operation }

const methods = ['get', 'head', 'post', 'delete', 'put', 'patch']

/** Where one document of an API says something else than another: `POST /videos prompt: maxLength`. */
export function differencesOf(theirs: Document, ours: Document): string[] {
  const [here, there] = [operationsOf(ours), operationsOf(theirs)]
  return [
    ...only('not served', there, here),
    ...only('ours', here, there),
    ...[...there].flatMap(([name, operation]) => {
      const own = here.get(name)
      if (!own) return []
      const sides = [
        { document: theirs, operation },
        { document: ours, operation: own },
      ] as const
      return differencesOfCall(...sides).map((each) => `${name} ${each}`)
    }),
  ]
}

/** The names of the parameters of a path are nobody's business. */
function operationsOf({ paths }: Document): Map<string, Operation> {
  return new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      methods.flatMap((method) =>
        method in item
          ? [[`${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '{}')}`, item[method] as Operation]]
          : [],
      ),
    ),
  )
}

function only(word: string, some: Map<string, unknown>, others: Map<string, unknown>): string[] {
  return [...some.keys()].filter((name) => !others.has(name)).map((name) => `${name}: ${word}`)
}

function differencesOfCall(theirs: Side, ours: Side): string[] {
  const [taken, wanted] = [requestOf(ours), requestOf(theirs)]
  const [given, expected] = [answersOf(ours), answersOf(theirs)]
  return [
    ...only('not taken', wanted, taken),
    ...only('also taken', taken, wanted),
    ...[...wanted].flatMap(([name, shape]) => {
      const own = taken.get(name)
      return own ? ofRequest(name, shape, own) : []
    }),
    ...only('not answered', expected, given),
    ...only('also answered', given, expected),
    ...[...expected].flatMap(([name, shape]) => {
      const own = given.get(name)
      return own ? ofAnswer(name, shape, own) : []
    }),
  ]
}

function requestOf({ document, operation }: Side): Map<string, Shape> {
  const parameters = (operation.parameters ?? []).map((each) => resolved(each, document))
  const queries = parameters.filter((each) => each.in === 'query')
  return new Map([
    ...queries.map((each) => [`?${each.name}`, shapeOf(each.schema as Schema, document)] as const),
    ...mediaOf(operation.requestBody?.content ?? {}, document),
  ])
}

function answersOf({ document, operation }: Side): Map<string, Shape> {
  return new Map(
    Object.entries(operation.responses).flatMap(([status, response]) => {
      if (Number(status) >= 400) return []
      const { content = {} } = resolved(response, document) as { content?: Media }
      const shapes = mediaOf(content, document).map(([type, shape]) => [`${status} ${type}`, shape] as const)
      return shapes.length > 0 ? shapes : [[status, shapeOf({}, document)] as const]
    }),
  )
}

function mediaOf(content: Media, document: Document): (readonly [string, Shape])[] {
  return Object.entries(content).map(([type, { schema = {} }]) => [type, shapeOf(schema, document)] as const)
}

/** What we must take: all that they take. */
function ofRequest(place: string, theirs: Shape, ours: Shape): string[] {
  const narrower = Object.entries(theirs.bounds).filter(([name, bound]) => {
    const own = ours.bounds[name] ?? bound
    return /^min/.test(name) ? own > bound : own < bound
  })
  return [
    ...missing(theirs.types, ours.types).map((type) => `${place}: no ${type}`),
    ...(theirs.values ?? []).filter((value) => !ours.takes(value)).map((value) => `${place}: not ${value}`),
    ...narrower.map(([name]) => `${place}: ${name}`),
    ...missing(ours.required, theirs.required).map((name) => `${place} ${name}: required`),
    ...missing(theirs.required, ours.required).map((name) => `${place} ${name}: not required`),
    ...inFields(place, theirs, ours, ofRequest),
  ]
}

/** What we may answer: nothing but what they do, and all that they always do. */
export function ofAnswer(place: string, theirs: Shape, ours: Shape): string[] {
  const isAnyOfTheirs = !theirs.values || (ours.values && missing(ours.values, theirs.values).length === 0)
  return [
    ...missing(ours.types, theirs.types).map((type) => `${place}: also ${type}`),
    ...(isAnyOfTheirs ? [] : [`${place}: other values`]),
    ...missing(theirs.required, ours.required).map((name) => `${place} ${name}: not required`),
    ...inFields(place, theirs, ours, ofAnswer),
    ...(theirs.items && ours.items ? ofAnswer(`${place}[]`, theirs.items, ours.items) : []),
  ]
}

function inFields(place: string, theirs: Shape, ours: Shape, compare: typeof ofRequest): string[] {
  return [
    ...missing(Object.keys(theirs.fields), Object.keys(ours.fields)).map(
      (name) => `${place} ${name}: missing`,
    ),
    ...missing(Object.keys(ours.fields), Object.keys(theirs.fields)).map((name) => `${place} ${name}: ours`),
    ...Object.entries(theirs.fields).flatMap(([name, shape]) => {
      const own = ours.fields[name]
      return own ? compare(`${place} ${name}`, shape, own) : []
    }),
  ]
}

function missing<T>(some: T[], others: T[]): T[] {
  return some.filter((each) => !others.includes(each))
}
