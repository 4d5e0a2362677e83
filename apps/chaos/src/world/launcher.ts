import { join } from 'node:path'
import { createMember, type Member } from './member.ts'

export type LaunchOptions = {
  main?: string
  imports?: string[]
  env?: Record<string, string>
  /** What the command begins with, to run in another place. */
  enter?: string[]
  /** Called when it ends itself, which is a problem without this. */
  onExit?: (member: Member) => void
}

export type Launcher = ReturnType<typeof createLauncher>

type LauncherOptions = { logs: string; env: NodeJS.ProcessEnv; onProblem: (problem: string) => void }

const keepCompiled = new URL('./preload/keep-compiled.ts', import.meta.url).href

/** Starts the processes of a world, which share an environment, and kills them together. */
export function createLauncher({ logs, env: shared, onProblem }: LauncherOptions) {
  const members: Member[] = []

  function launch(name: string, main: string, options: LaunchOptions = {}): Member {
    const { imports = [], env = {}, enter, onExit } = options
    const member: Member = createMember({
      name,
      args: [...[keepCompiled, ...imports].flatMap((file) => ['--import', file]), main],
      enter,
      env: { ...shared, ...env },
      logFile: join(logs, `${name}.log`),
      onExit(end, wanted) {
        if (wanted) return
        if (onExit) onExit(member)
        else onProblem(`${name} ended by itself: ${end}`)
      },
    })
    members.push(member)
    return member
  }

  return { launch, killAll: () => Promise.all(members.map((member) => member.kill())) }
}
