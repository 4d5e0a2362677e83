import '@reelay/db/quick-imports'
import { endOnSignals } from '@reelay/telemetry/ending'

let stop: (() => Promise<void>) | undefined
endOnSignals(() => stop?.())
;({ stop } = await import('./start.ts'))
