import { parentPort } from 'node:worker_threads'
import encoder from 'h264-mp4-encoder'
import { type Drawing, drawFrame } from './drawing.ts'

// One after the other: the encoder's file system is shared by all its instances.
let previous: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, drawing }: { id: number; drawing: Drawing }) => {
  previous = previous.then(async () => {
    parentPort?.postMessage({ id, bytes: await encode(drawing) })
  })
})

async function encode(drawing: Drawing): Promise<Uint8Array> {
  const { width, height, frameRate, frames } = drawing
  const mp4 = await encoder.createH264MP4Encoder()
  Object.assign(mp4, { width, height, frameRate, speed: 10, groupOfPictures: 12, quantizationParameter: 28 })
  mp4.initialize()
  for (let frame = 0; frame < frames; frame++) mp4.addFrameRgba(drawFrame(drawing, frame / frames))
  mp4.finalize()
  const bytes = mp4.FS.readFile(mp4.outputFilename)
  mp4.delete()
  return bytes
}
