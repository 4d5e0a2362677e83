import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What serving a file costs without Reelay: node:http and a stream of it, or of a range. */
export type BareFilesOptions = { path: string }

const { path }: BareFilesOptions = JSON.parse(process.argv[2] ?? '')
const { size } = statSync(path)

const server = createServer((request, response) => {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  const start = Number(from)
  const end = to === '' ? size - 1 : Number(to)
  response.writeHead(206, {
    'content-type': 'video/mp4',
    'content-length': end + 1 - start,
    'content-range': `bytes ${start}-${end}/${size}`,
  })
  createReadStream(path, { start, end }).pipe(response)
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
