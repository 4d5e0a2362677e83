import '@reelay/db/quick-imports'

await import('./start.ts')
