import { randomUUID } from 'node:crypto'
import type { BodyParts, FilePart } from '../submit/open-body.ts'

/** Stands for files in a text that is made without them. */
export function createMarks() {
  const mark = randomUUID()
  const files: FilePart[] = []

  return {
    markFor(file: FilePart): string {
      return `${mark}.${files.push(file) - 1}.`
    },

    split(text: string): BodyParts {
      const parts = text.split(new RegExp(`(${mark}\\.\\d+\\.)`))
      return parts.map((part) => files[numberIn(part)] ?? Buffer.from(part))
    },
  }

  function numberIn(part: string): number {
    return part.startsWith(mark) ? Number(part.slice(mark.length + 1, -1)) : -1
  }
}
