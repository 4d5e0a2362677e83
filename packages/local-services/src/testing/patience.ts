import { vi } from 'vitest'
import { CONDITION_MS } from './condition-ms.ts'

/**
 * Vitest's setup: how long tests wait for a condition, whatever else they say. Vitest has no such setting for
 * `vi.waitFor`, and gives it a second.
 */
const set = Symbol.for('reelay.patience')
if (!(set in vi)) {
  const { waitFor } = vi
  vi.waitFor = (condition, options) =>
    waitFor(condition, { ...(typeof options === 'object' && options), timeout: CONDITION_MS })
  Object.assign(vi, { [set]: true })
}
