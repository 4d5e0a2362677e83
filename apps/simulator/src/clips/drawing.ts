import { createHash } from 'node:crypto'
import type { Video } from '../videos.ts'

const longSide = 320
/** A clip lasts as long as it says, at a cost that hardly grows: the longer, the fewer frames a second. */
const frameBudget = 48
const fastest = 10
const shapeLimit = 6
const frameLimit = 600
const shortestSide = 16

export interface Drawing {
  width: number
  height: number
  frameRate: number
  frames: number
  seeds: number[]
}

type Color = [number, number, number]

interface Shape {
  color: Color
  round: boolean
  radius: number
  /** Where it is at a time between 0 and 1; coordinates are parts of the long side. */
  at(time: number): { x: number; y: number }
}

/** A video's drawing follows from its size, its length and its prompts alone. */
export function drawingOf({ size, seconds, lineage }: Pick<Video, 'size' | 'seconds' | 'lineage'>): Drawing {
  const [width = 1, height = 1] = size.split('x').map(Number)
  const scale = longSide / Math.max(width, height)
  const duration = Number(seconds)
  const frameRate = Math.max(1, Math.min(fastest, Math.floor(frameBudget / duration)))
  return {
    width: Math.max(shortestSide, 4 * Math.round((width * scale) / 4)),
    height: Math.max(shortestSide, 4 * Math.round((height * scale) / 4)),
    frameRate,
    frames: Math.max(1, Math.min(frameLimit, Math.round(frameRate * duration))),
    seeds: lineage.map(seedOf),
  }
}

/** Draws one frame as RGBA; the seeds colour the sky, and each one adds a moving shape. */
export function drawFrame({ width, height, seeds }: Drawing, time: number): Uint8Array {
  const pixels = new Uint32Array(width * height)
  const unit = Math.max(width, height)
  const [top, bottom] = skyOf(seeds)
  for (let y = 0; y < height; y++) {
    pixels.fill(pixelOf(mix(top, bottom, y / height)), y * width, (y + 1) * width)
  }
  for (const [index, seed] of seeds.slice(-shapeLimit).entries()) {
    const shape = shapeOf(seed, hueOf(seeds) + 180 + 80 * index, width / unit, height / unit)
    const { x: left, y: up } = shape.at(time)
    const pixel = pixelOf(shape.color)
    const [firstX, lastX] = reachOf(left, shape.radius, unit, width)
    const [firstY, lastY] = reachOf(up, shape.radius, unit, height)
    for (let y = firstY; y <= lastY; y++) {
      for (let x = firstX; x <= lastX; x++) {
        if (covers(shape, x / unit - left, y / unit - up)) pixels[y * width + x] = pixel
      }
    }
  }
  return new Uint8Array(pixels.buffer)
}

function reachOf(middle: number, radius: number, unit: number, length: number): [number, number] {
  return [
    Math.max(0, Math.floor((middle - radius) * unit)),
    Math.min(length - 1, Math.ceil((middle + radius) * unit)),
  ]
}

/** As RGBA lies in memory, the lowest byte first. */
function pixelOf([red, green, blue]: Color): number {
  return ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0
}

function skyOf(seeds: number[]): [Color, Color] {
  const hue = hueOf(seeds)
  return [colorOf(hue, 0.35), colorOf(hue + 100 * (seeds.length - 1), 0.6)]
}

function hueOf([first = 0]: number[]): number {
  return first % 360
}

function shapeOf(seed: number, hue: number, width: number, height: number): Shape {
  const random = randomOf(seed)
  const [turnsX, turnsY] = [1 + Math.floor(random() * 2), 1 + Math.floor(random() * 2)]
  const [startX, startY] = [random(), random()]
  return {
    color: colorOf(hue, 0.55),
    round: random() < 0.5,
    radius: 0.07 + random() * 0.08,
    at: (time) => ({
      x: width * (0.5 + 0.4 * Math.sin(2 * Math.PI * (turnsX * time + startX))),
      y: height * (0.5 + 0.4 * Math.cos(2 * Math.PI * (turnsY * time + startY))),
    }),
  }
}

function covers({ round, radius }: Shape, dx: number, dy: number): boolean {
  return round ? dx * dx + dy * dy < radius * radius : Math.abs(dx) < radius && Math.abs(dy) < radius
}

function mix(from: Color, to: Color, part: number): Color {
  return from.map((channel, index) => channel + ((to[index] ?? 0) - channel) * part) as Color
}

function colorOf(hue: number, lightness: number): Color {
  const spread = 0.7 * Math.min(lightness, 1 - lightness)
  const channel = (offset: number) => {
    const position = (offset + hue / 30) % 12
    return 255 * (lightness - spread * Math.max(-1, Math.min(position - 3, 9 - position, 1)))
  }
  return [channel(0), channel(8), channel(4)]
}

function seedOf(prompt: string): number {
  return createHash('sha256').update(prompt).digest().readUInt32LE()
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
