import { z } from 'zod'

const NAME = '[a-z0-9-]{1,40}'

/** A server that makes videos, by its configured name, as in `azure-eu`. */
export const UpstreamName = z
  .string()
  .regex(new RegExp(`^${NAME}$`), 'must be 1 to 40 lower-case letters, digits or dashes')
  .brand<'UpstreamName'>()
export type UpstreamName = z.infer<typeof UpstreamName>

/** One key at one upstream, by name, as in `azure-eu/a`; never the key itself. */
export const CredentialId = z
  .string()
  .regex(new RegExp(`^${NAME}/${NAME}$`))
  .brand<'CredentialId'>()
export type CredentialId = z.infer<typeof CredentialId>

/** Made everything before there were several, and is what `SORA_API_KEY` is called. */
export const firstCredential = CredentialId.parse('default/default')

export function upstreamOf(credential: CredentialId): UpstreamName {
  // Its pattern has one before the slash.
  return credential.slice(0, credential.indexOf('/')) as UpstreamName
}

export function credentialOf({ credential }: { credential: CredentialId | null }): CredentialId {
  return credential ?? firstCredential
}
