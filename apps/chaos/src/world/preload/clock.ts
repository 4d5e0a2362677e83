/**
 * Loaded before a process's own code: shifts what it believes to be the time by CLOCK_SHIFT_MS, at SIGUSR2 to
 * the other side.
 */
let shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0)
const realNow = Date.now
const now = () => realNow() + shiftMs

process.on('SIGUSR2', () => {
  shiftMs = -shiftMs
})
Date.now = now
globalThis.Date = new Proxy(Date, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: (target) => new target(now()).toString(),
})
