import { Ajv2020 } from 'ajv/dist/2020.js'

export type Schema = Record<string, unknown>
export type Document = { paths: Record<string, Record<string, unknown>>; components: Schema }

/** What a schema says of a value, however it spells it. */
export type Shape = {
  types: string[]
  /** All that are possible, where they are few. */
  values: unknown[] | undefined
  bounds: Record<string, number>
  fields: Record<string, Shape>
  required: string[]
  items: Shape | undefined
  takes: (value: unknown) => boolean
}

const bounds = ['minLength', 'maxLength', 'minimum', 'maximum']
const ajv = new Ajv2020({ strict: false, validateFormats: false })

export function shapeOf(named: Schema, document: Document): Shape {
  const schema = resolved(named, document)
  const { anyOf, oneOf = anyOf, ...rest } = schema
  const alternatives = ((oneOf ?? []) as Schema[]).map((each) => resolved(each, document))
  const typed = alternatives.filter((each) => 'type' in each || 'anyOf' in each || 'enum' in each)
  const shapes = typed.map((each) => shapeOf(each, document))
  if ('type' in rest) shapes.push(simpleShapeOf(rest, document))
  const others = alternatives.filter((each) => !typed.includes(each))
  const required = shapes.flatMap(({ required }) => required)
  return {
    types: [...new Set(shapes.flatMap(({ types }) => types))],
    values: valuesOf(shapes),
    bounds: Object.assign({}, ...shapes.map(({ bounds }) => bounds)),
    fields: Object.assign({}, ...shapes.map(({ fields }) => fields)),
    required: [...required, ...(others.length > 0 ? namesIn(others[0] ?? {}) : [])],
    items: shapes.find(({ items }) => items)?.items,
    takes: (value) => ajv.validate(schema, value),
  }
}

function simpleShapeOf(schema: Schema, document: Document): Shape {
  const { type, format, enum: values = 'const' in schema ? [schema.const] : undefined, items } = schema
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  return {
    types: format === 'binary' ? ['file'] : [type as string].flat(),
    values: values as unknown[] | undefined,
    bounds: Object.fromEntries(
      bounds.flatMap((name) => (name in schema ? [[name, Number(schema[name])]] : [])),
    ),
    // What has brackets is another spelling of a field that is there, too.
    fields: Object.fromEntries(
      properties.flatMap(([name, each]) => (name.includes('[') ? [] : [[name, shapeOf(each, document)]])),
    ),
    required: namesIn(schema),
    items: items ? shapeOf(items as Schema, document) : undefined,
    takes: (value) => ajv.validate(schema, value),
  }
}

function valuesOf(shapes: Shape[]): unknown[] | undefined {
  const ofText = shapes.filter(({ types }) => !types.every((type) => type === 'null' || type === 'object'))
  if (ofText.length === 0 || ofText.some(({ values }) => values === undefined)) return undefined
  return ofText.flatMap(({ values }) => values ?? [])
}

function namesIn({ required = [] }: { required?: unknown }): string[] {
  return (required as string[]).map((name) => name.replace(/\[.*/, ''))
}

export function resolved(schema: Schema, document: Document): Schema {
  if (typeof schema.$ref !== 'string') return schema
  const path = schema.$ref.replace('#/', '').split('/')
  return resolved(path.reduce((value: unknown, key) => (value as Schema)[key], document) as Schema, document)
}
