import type { Path } from './yaml-path.ts'

/** What is wrong with a file, and where. It shows no value of the file or of the environment: one may be a key. */
export type FileProblem = {
  file: string
  /** From 1, as is `column`. */
  line: number
  column: number
  /** As in `upstreams[0].credentials[1].key`; the file as a whole is `file`. */
  place: string
  message: string
}

/** One line, as compilers write it. */
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
