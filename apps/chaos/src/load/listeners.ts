import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskUpdate } from '@reelay/contracts/task-update'
import type { User } from './users.ts'

/** What came over one of a listener's connections, with the id of its event. */
export type Heard = { connection: number; id: string; update: TaskUpdate; text: string }

export type Listener = {
  user: User
  heard: Heard[]
  connections: number
  isOpen: boolean
  /** Ends the present connection; the next one goes to the next api. */
  cut: () => void
  stop: () => void
}

export type ListenOptions = {
  /** Waits for as long as the feed said, like every EventSource; without it, sooner. */
  waitsAsTold?: boolean
}

const AGAIN_MS = 300

/**
 * Listens to everything of a user's and comes back after every end, each time to the next api, with the id of
 * the last event it had.
 */
export function listen(user: User, apiUrls: string[], { waitsAsTold = false }: ListenOptions = {}): Listener {
  const stopping = new AbortController()
  const listener: Listener = {
    user,
    heard: [],
    connections: 0,
    isOpen: false,
    cut: () => {},
    stop: () => stopping.abort(),
  }
  let apiAt = Math.floor(Math.random() * apiUrls.length)
  let toldMs: number | undefined

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const url = `${apiUrls[apiAt++ % apiUrls.length]}/api/sse/task-updates`
      const connection = ++listener.connections
      const onBlock = ({ id = '', data, retry }: Block) => {
        if (retry) toldMs = Number(retry)
        if (!data) return
        const update = JSON.parse(data) as TaskUpdate
        if (update.type === 'taskUpdate') listener.heard.push({ connection, id, update, text: data })
      }
      await connect(listener, url, { onBlock, signal: stopping.signal }).catch(() => {})
      const againMs = (waitsAsTold && toldMs) || AGAIN_MS * (0.5 + Math.random())
      await sleep(againMs, undefined, stopping).catch(() => {})
    }
  }

  void run()
  return listener
}

type Block = Partial<Record<'id' | 'data' | 'retry', string>>

type Connection = { onBlock: (block: Block) => void; signal: AbortSignal }

function connect(listener: Listener, url: string, { onBlock, signal }: Connection): Promise<void> {
  const lastEventId = listener.heard.at(-1)?.id
  const headers = {
    authorization: `Bearer ${listener.user.token}`,
    ...(lastEventId && { 'last-event-id': lastEventId }),
  }
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, signal, agent: false }, (response) => {
      listener.isOpen = response.statusCode === 200
      read(response, onBlock)
      response.once('close', resolve)
    })
    listener.cut = () => {
      listener.isOpen = false
      request.destroy()
    }
    request.once('close', () => {
      listener.isOpen = false
    })
    request.once('error', reject)
  })
}

const LINE = /^(id|data|retry): ?(.*)$/gm

function read(response: IncomingMessage, onBlock: (block: Block) => void): void {
  let text = ''
  response.on('error', () => {})
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      onBlock(Object.fromEntries(Array.from(block.matchAll(LINE), ([, name, value]) => [name, value])))
    }
  })
}
