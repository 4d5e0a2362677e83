import type { ApiConfig } from '../config.ts'

/**
 * What the studio's pages may load: what was built, and from the api what users made. A clip that plays may be at the
 * public address, or in the store that players are sent to.
 */
export function studioPolicy({
  server,
  media,
  content,
}: Pick<ApiConfig, 'server' | 'media' | 'content'>): string {
  const addresses = [server.publicUrl, content.redirects && 's3' in media ? media.s3.endpoint : undefined]
  const origins = addresses.flatMap((address) => (address ? [new URL(address).origin] : []))
  const played = ["'self'", 'blob:', ...origins].join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src ${played}`,
    `media-src ${played}`,
    "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
