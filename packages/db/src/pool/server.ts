import type pg from 'pg'
import { driverOptions } from '../driver-options.ts'

export type Server = ReturnType<typeof createServer>

/** Which of a URL's servers is spoken to, and how: what a connection found out counts for the next. */
export function createServer(url: string, statementTimeoutMs: number) {
  const { config, address } = driverOptions(url)
  const { hosts } = address
  let { isPooled } = address
  let ssl = config.ssl ?? false
  let at = 0

  return {
    maxConnections: address.maxConnections,
    connectTimeoutMs: config.connectionTimeoutMillis ?? 0,
    hosts: hosts.length,
    at: () => at,

    isPooled: () => isPooled,
    foundPooled: () => {
      isPooled = true
    },

    clientConfig(): pg.ClientConfig {
      const settings = isPooled ? {} : { statement_timeout: statementTimeoutMs }
      return { ...config, ...hosts[at], ...settings, ssl }
    },

    leave(host: number): void {
      if (at === host) at = (host + 1) % hosts.length
    },

    adapt({ message }: Error): boolean {
      const refusesSetting = /unsupported startup parameter: statement_timeout/.test(message)
      const refusesTls = address.tls === 'prefer' && /not support SSL/.test(message)
      if (refusesSetting) isPooled = true
      if (refusesTls) ssl = false
      return refusesSetting || refusesTls
    },
  }
}
