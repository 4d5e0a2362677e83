import { expect, vi } from 'vitest'

/** For one condition: less than its test has, so that the failure says what was awaited. */
const PATIENCE_MS = 120_000

/**
 * Vitest's setup: how long tests wait for a condition, whatever else they say. Vitest has no such setting for
 * `vi.waitFor`, and gives it a second.
 */
const set = Symbol.for('reelay.patience')
if (!(set in vi)) {
  const { waitFor } = vi
  const { poll } = expect
  vi.waitFor = (condition, options) =>
    waitFor(condition, { ...(typeof options === 'object' && options), timeout: PATIENCE_MS })
  expect.poll = (condition, options) => poll(condition, { ...options, timeout: PATIENCE_MS })
  Object.assign(vi, { [set]: true })
}
