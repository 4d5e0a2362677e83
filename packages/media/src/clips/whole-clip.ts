import { createBoxCheck, isBox, isPadding, readBoxHeader } from './boxes.ts'
import { broken, empty, truncated, unknownType } from './clip.ts'
import { type Container, containerOf, TELLING_BYTES } from './container.ts'
import { ids, readElementHeader } from './ebml.ts'
import { createPartWalk, PADDING, type SizeOfPart, TO_THE_END } from './parts.ts'

type Rules = { sizeOf: SizeOfPart; end(): void }

const rulesOf: Record<Container, () => Rules> = {
  'video/mp4': mp4Rules,
  'video/quicktime': mp4Rules,
  'video/webm': webmRules,
  'video/x-matroska': webmRules,
  'video/x-msvideo': aviRules,
}

/**
 * Passes the bytes of a clip on, and throws ClipError at the end unless all of it came, as far as its container counts;
 * early where it is no clip. Holds back as many bytes as tell the type.
 */
export function createWholeCheck() {
  let type: Container | undefined

  function begin(head: Uint8Array) {
    type = containerOf(Buffer.from(head.subarray(0, TELLING_BYTES)))
    if (!type) throw unknownType()
    const rules = rulesOf[type]()
    return { rules, walk: createPartWalk(rules.sizeOf) }
  }

  async function* pass(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let check: ReturnType<typeof begin> | undefined
    for await (const chunk of headFirst(body)) {
      check ??= begin(chunk)
      check.walk.take(chunk)
      yield chunk
    }
    if (!check) throw empty()
    check.walk.end()
    check.rules.end()
  }

  return { pass, type: () => type }
}

async function* headFirst(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array = Buffer.alloc(0)
  for await (const chunk of body) {
    if (head.length >= TELLING_BYTES) yield chunk
    else {
      head = Buffer.concat([head, chunk])
      if (head.length >= TELLING_BYTES) yield head
    }
  }
  if (head.length > 0 && head.length < TELLING_BYTES) yield head
}

function mp4Rules(): Rules {
  const check = createBoxCheck()
  return {
    sizeOf(head) {
      const header = readBoxHeader(head)
      if (!header) return undefined
      if (isPadding(header)) return PADDING
      if (!isBox(header)) throw broken('the clip has something between its boxes')
      check.add(header.name)
      return header.size ?? TO_THE_END
    },
    end: check.end,
  }
}

/** What has no size is entered: its elements have one. */
function webmRules(): Rules {
  let hasSegment = false
  let hasLength = false
  let hasCluster = false
  return {
    sizeOf(head) {
      if (hasLength) return TO_THE_END
      const header = readElementHeader(head)
      if (header === undefined) return undefined
      if (header === null && head[0] === 0) return PADDING
      if (header === null) throw broken('the clip has something between its elements')
      const { id, headerBytes, size } = header
      if (id === ids.segment) hasSegment = true
      if (id === ids.segment && size !== undefined) hasLength = true
      if (id === ids.cluster) hasCluster = true
      return headerBytes + (size ?? 0)
    },
    end() {
      if (!hasSegment || !(hasLength || hasCluster)) throw truncated()
    },
  }
}

/** Long files have more than one RIFF chunk. */
function aviRules(): Rules {
  const unknown = [0, 0xffffffff]
  let isFirst = true
  return {
    sizeOf(head) {
      const name = head.toString('latin1', 0, 4)
      if (!isFirst && !'RIFF'.startsWith(name)) return TO_THE_END
      if (head.length < 8) return undefined
      isFirst = false
      const size = head.readUInt32LE(4)
      return unknown.includes(size) ? TO_THE_END : 8 + size
    },
    end() {},
  }
}
