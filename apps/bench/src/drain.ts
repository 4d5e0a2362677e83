import { get, type IncomingMessage } from 'node:http'

/** Reads what is at an address, or the first so many bytes of it, and returns how many MiB came a second. */
export async function drain(url: string, firstBytes?: number): Promise<number> {
  const startedAt = performance.now()
  const range = firstBytes && { range: `bytes=0-${firstBytes - 1}` }
  const response = await answerOf(url, { ...range })
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await new Promise((resolve, reject) => response.once('end', resolve).once('error', reject))
  if (firstBytes && bytes !== firstBytes) throw new Error(`${bytes} of ${firstBytes} bytes came`)
  return bytes / 2 ** 20 / ((performance.now() - startedAt) / 1000)
}

function answerOf(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      if (response.statusCode === 200 || response.statusCode === 206) resolve(response)
      else reject(new Error(`a clip was answered ${response.statusCode}`))
    })
    request.once('error', reject)
  })
}
