/**
 * Encodes RGBA pixels as a lossless WebP image, without compressing them: a thumbnail shows the middle of its clip, and
 * the encoders that npm has bring native programs.
 */
export function encodeWebp(width: number, height: number, rgba: Uint8Array): Buffer {
  const bits = new BitWriter()
  bits.write(0x2f, 8)
  bits.write(width - 1, 14)
  bits.write(height - 1, 14)
  bits.write(0, 1 + 3) // no alpha, version 0
  bits.write(0, 1 + 1 + 1) // no transforms, no color cache, one set of codes

  writeByteCode(bits, 256 + 24) // green, and lengths that stay unused
  writeByteCode(bits, 256) // red
  writeByteCode(bits, 256) // blue
  writeOnlySymbol(bits, 255) // alpha
  writeOnlySymbol(bits, 0) // distances, unused

  for (let at = 0; at < rgba.length; at += 4) {
    for (const channel of [1, 0, 2]) bits.write(reversed(rgba[at + channel] ?? 0), 8)
  }
  return wrap(bits.bytes())
}

/** A prefix code in which each byte is written with eight bits, and any symbol beyond a byte never. */
function writeByteCode(bits: BitWriter, symbols: number) {
  bits.write(0, 1) // not one of the simple codes
  // Lengths are themselves coded; of 17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8 only 0 and 8 get a code, one bit each.
  bits.write(12 - 4, 4)
  for (const length of [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]) bits.write(length, 3)
  bits.write(0, 1) // lengths follow for all symbols
  for (let symbol = 0; symbol < symbols; symbol++) bits.write(symbol < 256 ? 1 : 0, 1)
}

function writeOnlySymbol(bits: BitWriter, symbol: number) {
  bits.write(1, 1) // a simple code
  bits.write(0, 1) // with one symbol
  bits.write(1, 1) // of eight bits
  bits.write(symbol, 8)
}

function reversed(byte: number): number {
  let result = 0
  for (let bit = 0; bit < 8; bit++) result |= ((byte >> bit) & 1) << (7 - bit)
  return result
}

function wrap(image: Buffer): Buffer {
  const chunk = Buffer.concat([
    Buffer.from('VP8L'),
    uint32(image.length),
    image,
    Buffer.alloc(image.length % 2),
  ])
  return Buffer.concat([Buffer.from('RIFF'), uint32(chunk.length + 4), Buffer.from('WEBP'), chunk])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

class BitWriter {
  readonly #bytes: number[] = []
  #filled = 0

  write(value: number, width: number) {
    for (let bit = 0; bit < width; bit++) {
      if (this.#filled % 8 === 0) this.#bytes.push(0)
      const last = this.#bytes.length - 1
      this.#bytes[last] = (this.#bytes[last] ?? 0) | (((value >> bit) & 1) << (this.#filled % 8))
      this.#filled += 1
    }
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes)
  }
}
