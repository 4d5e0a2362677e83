import { z } from 'zod'

export const Variant = z
  .enum(['video', 'thumbnail'])
  .default('video')
  .describe('thumbnail: a still picture of the video, where upstream had one')
