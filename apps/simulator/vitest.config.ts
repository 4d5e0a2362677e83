import { defineConfig } from 'vitest/config'

// Drawing the first clip on a busy machine takes a while.
export default defineConfig({ test: { testTimeout: 60_000 } })
