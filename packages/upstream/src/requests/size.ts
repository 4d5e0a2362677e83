import type { Dialect } from '../dialect/dialect.ts'
import type { Saying, Unsupported } from './said.ts'

type SizeField = Dialect['fields']['size']

export function saySize(size: string, field: SizeField): Saying | Unsupported {
  switch (field.as) {
    case 'pixels':
      return { said: [[field.name, size]] }
    case 'resolution-and-ratio':
      return sayResolution(size, field)
    case 'model':
      return sayShape(size, field)
    case 'never':
      return unsupported('upstream takes no size')
  }
}

function sayResolution(size: string, field: SizeField): Saying | Unsupported {
  const { width, height } = pixelsOf(size)
  const resolution = `${Math.min(width, height)}p`
  const ratio = field.ratios.find((known) => {
    const [across = 0, down = 0] = known.split(':').map(Number)
    return across * height === down * width
  })
  if (ratio === undefined || !field.resolutions.includes(resolution)) {
    const [resolutions, ratios] = [field.resolutions.join(', '), field.ratios.join(', ')]
    return unsupported(`upstream has the resolutions ${resolutions} and the ratios ${ratios} only`)
  }
  return {
    said: [
      [field.resolutionName, resolution],
      [field.ratioName, ratio],
    ],
  }
}

function sayShape(size: string, { inModel }: SizeField): Saying | Unsupported {
  const { width, height } = pixelsOf(size)
  if (width === height || Number.isNaN(width + height))
    return unsupported('upstream has landscape and portrait only')
  const value = width > height ? 'landscape' : 'portrait'
  return { said: [], inModel: { template: inModel, value, pattern: 'landscape|portrait' } }
}

function pixelsOf(size: string): { width: number; height: number } {
  const [width = Number.NaN, height = Number.NaN] = size.split('x').map(Number)
  return { width, height }
}

function unsupported(message: string): Unsupported {
  return { field: 'size', message }
}
