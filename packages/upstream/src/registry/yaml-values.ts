import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  Scalar,
  visit,
  type visitorFn,
  type YAMLMap,
} from 'yaml'
import { replaceVariables, showBraces, type Variables } from './variables.ts'
import { type Path, pathTo, startOf } from './yaml-path.ts'

export type Finding = { offset: number; path: Path; message: string }

type Found = {
  findings: Finding[]
  unknown: Set<unknown>
}

type Ancestors = Parameters<visitorFn<unknown>>[2]

const DEEPEST = 100

/** Puts the values of variables into a document. One that is nested too deep is left as it is. */
export function resolveValues(
  document: Document,
  text: string,
  variables: Variables | undefined,
): Found & { isTooDeep: boolean } {
  const found: Found = { findings: [], unknown: new Set() }
  let isTooDeep = false
  visit(document, (key, node, ancestors) => {
    if (ancestors.length > DEEPEST && !isPair(node)) {
      isTooDeep = true
      found.findings.push({ offset: startOf(node), path: [], message: 'is nested too deep' })
      return visit.BREAK
    }
    if (isAlias(node)) return refuseAlias(node, ancestors, found)
    if (isMap(node)) checkKeys(node, ancestors, found)
    const isText = key !== 'key' && isScalar<string>(node) && typeof node.value === 'string'
    if (isText && variables) fillIn(node, { text, variables, ancestors, found })
  })
  return { ...found, isTooDeep }
}

function checkKeys(map: YAMLMap, ancestors: Ancestors, { findings }: Found): void {
  const seen = new Set<string>()
  for (const { key } of map.items as { key: Scalar<string> }[]) {
    key.value = showBraces(key.value)
    if (seen.has(key.value)) {
      const path = [...pathTo(map, ancestors), key.value]
      findings.push({ offset: startOf(key), path, message: 'is given twice' })
    }
    seen.add(key.value)
  }
}

type FillIn = { text: string; variables: Variables; ancestors: Ancestors; found: Found }

function fillIn(scalar: Scalar<string>, { text, variables, ancestors, found }: FillIn): void {
  const { text: value, problems } = replaceVariables(showBraces(scalar.value), variables)
  scalar.value = value
  for (const { message, reference } of problems) {
    found.unknown.add(scalar)
    const offset = offsetOf(reference, scalar, text)
    found.findings.push({ offset, path: pathTo(scalar, ancestors), message })
  }
}

/** A reference in a text of several lines has a line of its own. */
function offsetOf(reference: string, scalar: Scalar, text: string): number {
  const [start, end] = scalar.range ?? [0, 0]
  const offset = text.indexOf(reference, start)
  return offset >= 0 && offset < end ? offset : start
}

/** Returns what stands in its place. An alias could make a file as large as memory, or a part of itself. */
function refuseAlias(alias: Alias, ancestors: Ancestors, { findings, unknown }: Found): Scalar {
  const message = 'must be written out: aliases are not read'
  findings.push({ offset: startOf(alias), path: pathTo(alias, ancestors), message })
  const nothing = new Scalar(null)
  nothing.range = alias.range ?? null
  unknown.add(nothing)
  return nothing
}
