declare module '@20minutes/s3rver' {
  import type { AddressInfo } from 'node:net'

  export type Context = {
    app: object
    method: string
    path: string
    query: Record<string, string>
    status: number
    type: string
    body: string
  }

  export default class S3rver {
    constructor(options: object)
    middleware: ((context: Context, next: () => Promise<void>) => Promise<void> | void)[]
    logger: { close: () => void }
    httpServer: import('node:http').Server
    run(): Promise<AddressInfo>
    close(): Promise<void>
  }
}
