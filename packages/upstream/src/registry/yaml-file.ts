import { isScalar, LineCounter, parseDocument } from 'yaml'
import { type FileProblem, placeOf } from './problem.ts'
import { hideBraces, showBraces, type Variables } from './variables.ts'
import { type Path, walkTo } from './yaml-path.ts'
import { type Finding, resolveValues } from './yaml-values.ts'
import { syntaxProblem } from './yaml-words.ts'

export type YamlFile = {
  data: unknown
  /**
   * A problem with what stands at a path, or around it where it is missing. None where a variable's value is missing:
   * that is told already.
   */
  problemsAt(path: Path, message: string): FileProblem[]
  /** A text as the file has it, with the names of variables in place of their values. */
  written(path: Path): string | undefined
}

/**
 * Reads YAML, and so JSON, keeping where everything stands. `variables` are what `${NAME}` in a value means; without
 * them it is plain text. There is no file where the text can't be read as a whole.
 */
export function readYaml(
  name: string,
  text: string,
  variables?: Variables,
): { file?: YamlFile; problems: FileProblem[] } {
  const lines = new LineCounter()
  const document = parseDocument(variables ? hideBraces(text) : text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // Found with their places by resolveValues.
    uniqueKeys: false,
  })

  function told({ offset, path, message }: Finding): FileProblem {
    const { line, col } = lines.linePos(offset)
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1), place: placeOf(path), message }
  }

  const errors = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) =>
    told({ offset, path: [], message: syntaxProblem(code) }),
  )
  if (errors.length > 0) return { problems: firstOfEachLine(errors) }

  const { findings, unknown, isTooDeep } = resolveValues(document, text, variables)
  const problems = findings.map(told)
  if (isTooDeep) return { problems }
  const walk = (path: Path) => walkTo(document.contents, path)
  const file: YamlFile = {
    data: document.toJS(),
    problemsAt(path, message) {
      const { node, offset } = walk(path)
      return unknown.has(node) ? [] : [told({ offset, path, message })]
    },
    written(path) {
      const { node } = walk(path)
      return isScalar(node) && node.source !== undefined ? showBraces(node.source) : undefined
    },
  }
  return { file, problems }
}

/** One fault of syntax makes the library find others behind it. */
function firstOfEachLine(problems: FileProblem[]): FileProblem[] {
  const lines = new Set<number>()
  return problems.filter(({ line }) => !lines.has(line) && lines.add(line))
}
