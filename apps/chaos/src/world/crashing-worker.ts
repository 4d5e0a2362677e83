import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { pino } from 'pino'
import '@reelay/db/quick-imports'
import { readConfig } from '../../../worker/src/config.ts'

const { openWorker } = await import('../../../worker/src/worker.ts')

type AnyFunction = (...args: unknown[]) => unknown

/**
 * A worker that ends itself before and after everything that its steps await, each point once: the points where
 * it has been are in a file, so that the next one gets further. CRASH_AT narrows them by their names; with
 * FREEZE_AT it only freezes, each time that it comes to that point.
 */
const { VISITED_FILE = '', CRASH_AT = '', FREEZE_AT } = process.env
const crashAt = new RegExp(CRASH_AT)
const visited = new Set<string>()

/** What the search for an earlier video awaits are points of their own, although polls await the same. */
const caller = new AsyncLocalStorage<string>()

const config = readConfig()
const log = pino({ level: config.log.level, base: { process: 'worker', pid: process.pid } })
openWorker(config, { log, wrap })

function wrap<T extends object>(name: string, part: T): T {
  if (typeof part === 'function') return between(name, part as AnyFunction) as T
  return new Proxy(part, {
    get: (target, key, receiver) => {
      const value = Reflect.get(target, key, receiver)
      if (typeof value !== 'function' || isGenerator(value)) return value
      return between(`${name}.${String(key)}`, value as AnyFunction)
    },
  })
}

/** Whoever walks over what it makes awaits many times. */
function isGenerator(method: object): boolean {
  return method.constructor.name === 'AsyncGeneratorFunction'
}

/** The same function with a point before it, one after it, and both around the `record` that it may be handed. */
function between(name: string, run: AnyFunction) {
  return async (...args: unknown[]) => {
    const point = `${caller.getStore() ?? ''}${name}${detailOf(args)}`
    visit(`${point}:before`)
    const work = () => run(...args.map((arg) => withRecord(point, arg)))
    const result = await (name === 'findEarlierVideo' ? caller.run('findEarlierVideo/', work) : work())
    visit(`${point}:after`)
    return result
  }
}

function withRecord(point: string, arg: unknown): unknown {
  const { record } = (arg ?? {}) as { record?: () => Promise<boolean> }
  return record ? { ...(arg as object), record: between(`${point}.record`, record) } : arg
}

/** What a poll does to a task makes a point of its own. */
function detailOf([, second]: unknown[]): string {
  const { to } = (second ?? {}) as { to?: string }
  return to ? `(${to})` : ''
}

function visit(point: string): void {
  if (FREEZE_AT === point) process.kill(process.pid, 'SIGSTOP')
  if (FREEZE_AT || visited.has(point) || !crashAt.test(point)) return
  // Anew each time: the other worker has been somewhere, too.
  if (existsSync(VISITED_FILE))
    for (const been of readFileSync(VISITED_FILE, 'utf8').split('\n')) visited.add(been)
  if (visited.has(point)) return
  appendFileSync(VISITED_FILE, `${point}\n`)
  process.kill(process.pid, 'SIGKILL')
}
