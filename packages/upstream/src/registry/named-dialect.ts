import { join, resolve } from 'node:path'
import { type FileProblem, pathOf } from './problem.ts'
import { isObject } from './rules.ts'
import { openText, type ReadFile } from './text-file.ts'
import { readYaml } from './yaml-file.ts'
import type { Path } from './yaml-path.ts'

export type AnyDialect = { readonly auth: string }

/** How dialects are read. Their problems have paths as in `derive[0].path`. */
export type Dialects<D> = {
  names: readonly string[]
  read(
    source: { name: string } | { file: string; data: unknown },
    overrides: unknown,
  ): { dialect: D } | { problems: readonly { path: string; message: string }[] }
}

export type DialectSource<D> = { dialects: Dialects<D>; readFile: ReadFile }

/**
 * A built-in dialect's name, or the path of a file from `folder` on. Problems show the `label` in place of the name.
 */
type Named = {
  name: string
  label: string
  overrides: object
  folder: string
}

type DialectProblem = { name: string } | { overrides: Path; message: string } | { file: FileProblem }

type Result<D> = { dialect: D } | { problems: DialectProblem[] }

/** A built-in dialect or that of a file, with what differs at one upstream. */
export function readNamedDialect<D>(named: Named, { dialects, readFile }: DialectSource<D>): Result<D> {
  const { name, label, overrides, folder } = named
  if (dialects.names.includes(name)) {
    const read = dialects.read({ name }, overrides)
    if ('dialect' in read) return read
    return { problems: read.problems.map(({ path, message }) => ({ overrides: pathOf(path), message })) }
  }
  if (!/[/\\]|\.(json|ya?ml)$/i.test(name)) {
    return {
      problems: [{ name: `must be one of ${dialects.names.join(', ')}, or a path as in ./mine.yaml` }],
    }
  }
  const opened = openText(resolve(folder, name), label, readFile)
  if ('problem' in opened) return { problems: [{ name: opened.problem }] }
  return readDialectFile(named, opened.text, dialects)
}

function readDialectFile<D>(named: Named, text: string, dialects: Dialects<D>): Result<D> {
  const { name, label, overrides, folder } = named
  const { file, problems } = readYaml(join(folder, label), text)
  if (!file || problems.length > 0) return { problems: problems.map((problem) => ({ file: problem })) }
  // Overrides alone would pass for a dialect.
  if (!isObject(file.data)) {
    return { problems: file.problemsAt([], 'must be an object').map((problem) => ({ file: problem })) }
  }
  const read = dialects.read({ file: name, data: file.data }, overrides)
  if ('dialect' in read) return read
  return {
    problems: read.problems.flatMap(({ path, message }): DialectProblem[] => {
      const at = pathOf(path)
      if (comesFrom(overrides, at)) return [{ overrides: at, message }]
      return file.problemsAt(at, message).map((problem) => ({ file: problem }))
    }),
  }
}

/** Whether what stands at a path is of the overrides: their objects merge with the dialect's, all else replaces. */
function comesFrom(overrides: object, path: Path): boolean {
  let value: unknown = overrides
  for (const key of path) {
    if (!isObject(value)) return true
    if (!Object.hasOwn(value, key)) return false
    value = value[key]
  }
  return path.length > 0
}
