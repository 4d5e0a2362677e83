import type { Readable, Writable } from 'node:stream'

/**
 * The same stream, which gives the memory of each chunk back once it is written to the client. Waiting for the garbage
 * collector costs more than all else: it visits the whole heap for every 64 MiB that were read. Only for the streams of
 * clips: their readers, of files and of sockets, forget what they have handed on.
 */
export function freeOnceSent(body: Readable): Readable {
  return Object.assign(body, {
    pipe<To extends Writable>(to: To): To {
      // Whoever sends the stream sees its errors, and those of the response.
      void send(body, to).catch(() => {})
      return to
    },
  })
}

async function send(body: Readable, to: Writable): Promise<void> {
  for await (const chunk of body as AsyncIterable<Buffer<ArrayBuffer>>) {
    await new Promise<void>((resolve, reject) =>
      to.write(chunk, (error) => (error ? reject(error) : resolve())),
    )
    // A part of something larger shares its memory with other parts.
    if (chunk.length === chunk.buffer.byteLength) chunk.buffer.transfer(0)
  }
  to.end()
}
