import { type Forwarder, startForwarder } from '@reelay/local-services/stores/forwarder'
import type { StoreName } from './stores.ts'

type Places = Record<StoreName, { url: string; port: number }>

/** Where everybody reaches the stores: where they are, or at addresses that can move. */
export async function openAddresses({ postgres, redis }: Places, isMovable = false) {
  const addresses = {
    postgres: isMovable ? await startForwarder(postgres.port) : undefined,
    redis: isMovable ? await startForwarder(redis.port) : undefined,
  }
  return {
    addresses,
    urls: { postgres: at(addresses.postgres, postgres.url), redis: at(addresses.redis, redis.url) },
    close() {
      for (const address of Object.values(addresses)) address?.close()
    },
  }
}

function at(address: Forwarder | undefined, url: string): string {
  return address ? Object.assign(new URL(url), { port: String(address.port) }).href : url
}
