import type { Path } from './yaml-path.ts'

/**
 * What is wrong with a file, and where: lines and columns count from 1, and a place is as in
 * `upstreams[0].credentials[1].key`, or `file` for the file as a whole. It shows no value of the file or of the
 * environment: one may be a key.
 */
export type FileProblem = {
  file: string
  line: number
  column: number
  place: string
  message: string
}

export function describeProblem({ file, line, column, place, message }: FileProblem): string {
  return `${file}:${line}:${column} ${place}: ${message}`
}

export function placeOf(path: Path): string {
  if (path.length === 0) return 'file'
  return path.reduce<string>((place, segment) => {
    if (typeof segment === 'number') return `${place}[${segment}]`
    if (!/^[\w-]+$/.test(segment)) return `${place}[${JSON.stringify(segment)}]`
    return place === '' ? segment : `${place}.${segment}`
  }, '')
}

/** The opposite of `placeOf`, for places whose keys are plain words. */
export function pathOf(place: string): Path {
  return [...place.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, key = '']) =>
    index === undefined ? key : Number(index),
  )
}
