import { commandOf, environmentOf, identify, parentOf } from './process-identity.ts'

const EVERY_MS = 500
const NPM_IS_GONE = 0

/**
 * Calls back once when the npm (pnpm, yarn) that runs this process as a script is gone, or the shell that it uses:
 * neither passes on a signal that ends it. A process that something else has started is on its own.
 */
export function whenRunnerIsGone(tell: () => void): void {
  const runners = runnersOf(process.pid, process.env).map((pid) => ({ pid, identity: identify(pid) }))
  if (runners.length === 0) return
  const timer = setInterval(() => {
    if (runners.every(({ pid, identity }) => identity && identify(pid) === identity)) return
    clearInterval(timer)
    tell()
  }, EVERY_MS)
  timer.unref()
}

function runnersOf(pid: number, { npm_lifecycle_script: script }: NodeJS.ProcessEnv): number[] {
  const parent = parentOf(pid)
  if (!script || !parent) return []
  if (isNpm(parent)) return [parent, ...runnersOf(parent, environmentOf(parent) ?? {})]
  // What else is started by a script of npm's has no part in this.
  if (!commandOf(parent).includes(script)) return []
  const npm = parentOf(parent)
  return npm && isNpm(npm)
    ? [parent, npm, ...runnersOf(npm, environmentOf(npm) ?? {})]
    : [parent, NPM_IS_GONE]
}

function isNpm(pid: number): boolean {
  const words = commandOf(pid).split(' ', 2)
  return words.some((word) => /(^|\/)(npm|npx|pnpm|yarn|bun)(-cli)?(\.[cm]?js)?$/.test(word))
}
