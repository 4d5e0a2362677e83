import { describeProblem } from '../../src/registry/problem.ts'
import { readRegistry } from '../../src/registry/read-registry.ts'
import { dialects } from './dialects.ts'

export const environment = {
  AZURE_A: 'canary-azure-a',
  AZURE_B: 'canary-azure-b',
  TWO_LINES: 'canary\nlines',
  ODD: 'canary…',
  FIVE: '5',
  BLANK: ' ',
  HOST: 'canary-host.example',
}

type Given = { files?: Record<string, string>; env?: Record<string, string> }

/** What a file /etc/reelay/upstreams.yaml says; `files` stand beside it. */
export function read(text: string, { files = {}, env = environment }: Given = {}) {
  return readRegistry({
    path: '/etc/reelay/upstreams.yaml',
    text,
    environment: env,
    dialects,
    readFile: filesIn('/etc/reelay', files),
  })
}

export function registryOf(text: string, given?: Given) {
  const result = read(text, given)
  if ('registry' in result) return result.registry
  throw new Error(result.problems.map(describeProblem).join('\n'))
}

/** Its problems as lines, without the path of the folder. */
export function problemsOf(text: string, given?: Given): string[] {
  const result = read(text, given)
  return 'problems' in result
    ? result.problems.map((problem) => describeProblem(problem).replaceAll('/etc/reelay/', ''))
    : []
}

export function filesIn(folder: string, files: Record<string, string>) {
  return (path: string) => {
    const name = path.replace(`${folder}/`, '')
    const text = Object.hasOwn(files, name) ? files[name] : undefined
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
    return text
  }
}
