import { createRegistry, type Registry, type Upstream } from './registry.ts'

type Single<D> = Pick<Upstream<D>, 'baseUrl' | 'dialect' | 'dialectName'> & {
  apiKey?: string | undefined
  maxInFlight?: number | undefined
}

/** The registry of a system with one upstream and one key: `default` and `default/default`. */
export function singleUpstream<D>({ apiKey, maxInFlight, ...upstream }: Single<D>): Registry<D> {
  return createRegistry([
    { ...upstream, name: 'default', credentials: [{ name: 'default', key: apiKey, maxInFlight }] },
  ])
}
