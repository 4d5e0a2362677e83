import { dirname } from 'node:path'
import type { z } from 'zod'
import { parseRegistryFile } from './file-schema.ts'
import { type AnyDialect, type DialectSource, readNamedDialect } from './named-dialect.ts'
import { describeProblem, type FileProblem, placeOf } from './problem.ts'
import { createRegistry, type Registry } from './registry.ts'
import { brokenRules, type Entry, entriesOf, isObject } from './rules.ts'
import { type Environment, readVariables } from './variables.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-path.ts'

/**
 * `path` is of the file whose `text` this is, YAML or JSON: problems show it, and files of dialects are looked for
 * beside it. `environment` is where `${NAME}` finds its values; with NODE_ENV of production no key goes over plain
 * http.
 */
export type RegistrySource<D> = DialectSource<D> & {
  path: string
  text: string
  environment: Environment
}

/** Reads a file of upstreams, or says all that is wrong with it. No problem shows a value: it may be a key. */
export function readRegistry<D extends AnyDialect>(
  source: RegistrySource<D>,
): { registry: Registry<D> } | { problems: FileProblem[] } {
  const variables = readVariables(source.environment)
  const { file, problems } = readYaml(source.path, source.text, variables)
  if (!file) return { problems }

  const parsed = parseRegistryFile(file.data)
  const speaks = entriesOf(file.data, 'upstreams').map((entry, index) =>
    readDialectOf(entry, ['upstreams', index], file, source),
  )
  problems.push(
    ...(parsed.error?.issues ?? []).flatMap((issue) => issueProblems(issue, file)),
    ...brokenRules(file.data, variables.NODE_ENV ?? '').flatMap((rule) =>
      file.problemsAt(rule.path, rule.message),
    ),
    ...speaks.flatMap((upstream) => upstream.problems ?? []),
  )
  if (!parsed.success || problems.length > 0) return { problems: inOrder(problems, source.path) }
  return {
    registry: createRegistry(
      parsed.data.upstreams.map((upstream, index) => ({
        ...upstream,
        dialect: speaks[index]?.dialect as D,
        dialectName: upstream.dialect,
      })),
    ),
  }
}

function readDialectOf<D extends AnyDialect>(
  upstream: Entry,
  path: Path,
  file: YamlFile,
  source: RegistrySource<D>,
): { dialect?: D; problems?: FileProblem[] } {
  const { dialect: name, overrides } = upstream
  if (typeof name !== 'string' || name === '') return {}
  const read = readNamedDialect(
    {
      name,
      label: file.written([...path, 'dialect']) ?? name,
      overrides: isObject(overrides) ? overrides : {},
      folder: dirname(source.path),
    },
    source,
  )
  if ('problems' in read) {
    const problems = read.problems.flatMap((problem) => {
      if ('file' in problem) return [problem.file]
      if ('name' in problem) return file.problemsAt([...path, 'dialect'], problem.name)
      return file.problemsAt([...path, 'overrides', ...problem.overrides], problem.message)
    })
    return { problems }
  }
  if (read.dialect.auth === 'none') return read
  const keyless = entriesOf(upstream, 'credentials').flatMap(({ key }, index) =>
    key === undefined || key === null
      ? file.problemsAt([...path, 'credentials', index, 'key'], 'is required: this dialect sends a key')
      : [],
  )
  return { ...read, problems: keyless }
}

/** A key of the file that is no plain word is not shown: where a space is missing, as in `key:abc`, it has a secret. */
function issueProblems(issue: z.core.$ZodIssue, file: YamlFile): FileProblem[] {
  const path = issue.path as Path
  if (issue.code !== 'unrecognized_keys') return file.problemsAt(path, issue.message)
  return issue.keys.flatMap((key) => {
    const at = [...path, key]
    if (/^[A-Za-z_]{1,24}$/.test(key)) return file.problemsAt(at, issue.message)
    return file
      .problemsAt(at, `has a key that ${issue.message}`)
      .map((problem) => ({ ...problem, place: placeOf(path) }))
  })
}

/** As they stand in the file, then those of other files, each once: upstreams may share a dialect's file. */
function inOrder(problems: FileProblem[], path: string): FileProblem[] {
  const unique = [...new Map(problems.map((problem) => [describeProblem(problem), problem])).values()]
  return unique.sort(
    (a, b) =>
      Number(a.file !== path) - Number(b.file !== path) ||
      a.file.localeCompare(b.file) ||
      a.line - b.line ||
      a.column - b.column,
  )
}
