import { BlockList, isIP } from 'node:net'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'

/** Whether an address is that of a proxy of ours, however the proxy before it writes it. */
export function createTrust(blocks: string[]): (given: string) => boolean {
  const trusted = new BlockList()
  for (const block of blocks) {
    const [address = '', bits] = block.split('/')
    if (bits === undefined) trusted.addAddress(address, familyOf(address))
    else trusted.addSubnet(address, Number(bits), familyOf(address))
  }
  return (given) => {
    const address = plain(given)
    return address !== undefined && trusted.check(address, familyOf(address))
  }
}

/**
 * Where a request comes from, in one spelling; of IPv6 the /64, which is what one customer gets. A proxy that names
 * no address (`unknown`, or what a client made up) stands for all that it passes on.
 */
export function clientAddress({ ip, socket }: Pick<FastifyRequest, 'ip' | 'socket'>): string {
  return normalizeIP(plain(ip) ?? plain(socket.remoteAddress) ?? '')
}

function plain(given: string | undefined): string | undefined {
  const text = (given ?? '').trim().replaceAll('"', '')
  const inner = /^\[([^\]]*)\](:\d+)?$/.exec(text)?.[1] ?? text.replace(/^([\d.]+):\d+$/, '$1')
  const address = inner.split('%')[0] ?? ''
  return isIP(address) === 0 ? undefined : address
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
