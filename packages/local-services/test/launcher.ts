import { guardPid } from '../src/processes/guard.ts'
import { startServices } from '../src/stores/services.ts'

/** A launcher to be killed: starts services, says what runs, and stays. */
const services = await startServices({ dir: process.argv[2] ?? '', fsync: false })
console.log(JSON.stringify({ servers: [services.postgres?.pid, services.redis?.pid], guard: guardPid() }))
setInterval(() => undefined, 60_000)
