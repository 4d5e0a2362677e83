import type { ApiKey, NewKey, Scope } from '@reelay/contracts/api-keys'
import type { Call, CallOptions } from './call.ts'

const keysPath = '/api/keys'

export type KeyRequest = { name: string; scopes?: Scope[]; expiresAt?: number }

export function createKeys(call: Call) {
  return {
    /** The only answer that holds the key itself. */
    createKey: (key: KeyRequest, options?: CallOptions) =>
      call<NewKey>('POST', keysPath, { ...options, body: key }),

    keys: async (options?: CallOptions) => (await call<{ keys: ApiKey[] }>('GET', keysPath, options)).keys,

    revokeKey: async (id: string, options?: CallOptions): Promise<void> => {
      await call('DELETE', `${keysPath}/${encodeURIComponent(id)}`, options)
    },
  }
}
