import { createClient, type ReelayClient, ReelayError } from '@reelay/client/client'
import {
  MutationCache,
  notifyManager,
  QueryCache,
  QueryClient,
  QueryClientProvider,
} from '@tanstack/preact-query'
import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useMemo } from 'preact/hooks'
import { language } from '../i18n/language.ts'
import { endSession, type Session } from '../session/session.ts'
import { createStore, useStore } from '../store.ts'
import { type Connection, startLive } from './live.ts'
import { createTaskCache, type TaskCache } from './task-cache.ts'

/** Links to clips are good for ten minutes. */
const FRESH_FOR_MS = 5 * 60_000

type Data = { client: ReelayClient; tasks: TaskCache }

const DataContext = createContext<Data | undefined>(undefined)

export const connection = createStore<Connection>('starting')

/** How often the feed has come back, and all that is shown was read anew. */
export const feedReturns = createStore(0)

const reconnect = createStore<() => void>(() => {})

/** Gives the pages of one session its client and its cache, and keeps the cache as the feed tells it. */
export function DataProvider({ session, children }: { session: Session; children: ComponentChildren }) {
  const chosen = useStore(language)
  const { token } = session
  const { queries, tasks } = useMemo(() => createCache(token), [token])
  const client = useMemo(() => createPageClient(token, chosen), [token, chosen])
  useEffect(() => {
    const live = startLive({
      client,
      onState: (state) => tasks.applyState(state, client),
      onDeleted: tasks.forget,
      onConnection: connection.set,
      onBack: () => void readAnew(queries),
      onRefused: () => endSession(token),
    })
    reconnect.set(live.again)
    addEventListener('online', live.again)
    return () => {
      removeEventListener('online', live.again)
      live.stop()
      connection.set('starting')
    }
  }, [client, queries, tasks, token])

  return (
    <DataContext.Provider value={{ client, tasks }}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </DataContext.Provider>
  )
}

export const useClient = (): ReelayClient => useData().client

/** Where the answer to a change of a task goes. */
export const useTaskCache = (): TaskCache => useData().tasks

export const connectNow = (): void => reconnect.get()()

/** A client of this page's own origin. */
export function createPageClient(token: string | undefined, chosen: 'en' | 'zh'): ReelayClient {
  return createClient({ baseUrl: location.origin, token, language: chosen })
}

function useData(): Data {
  const data = useContext(DataContext)
  if (!data) throw new Error('there is no DataProvider around this')
  return data
}

async function readAnew(queries: QueryClient): Promise<void> {
  await queries.invalidateQueries()
  // Once the pages were told what was read.
  notifyManager.schedule(() => feedReturns.set(feedReturns.get() + 1))
}

function createCache(token: string) {
  const onError = (error: Error) => {
    if (error instanceof ReelayError && error.status === 401) endSession(token)
  }
  const queries = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // The client has tried again already.
      queries: { retry: false, staleTime: FRESH_FOR_MS },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  return { queries, tasks: createTaskCache(queries) }
}
