/** One thing that was measured: our side, and what it is held against in the same run. */
export type Figure = {
  name: string
  ours: number
  /** The same work without Reelay. */
  bare?: number | undefined
  /** The same work with something else, by its name. */
  others?: Record<string, number> | undefined
  unit: string
  /** What is to hold: of `ours / bare` where there is a bare side and nothing else is said, else of `ours`. */
  target?: number | undefined
  targetOf?: 'ours' | undefined
  /** Ours is to be ahead of the others, too. */
  isToLead?: boolean | undefined
  /** False for what should be small, as a delay. */
  isMoreBetter?: boolean | undefined
}

export type Bench<World = void> = (world: World) => Promise<Figure[]>

const NAME_WIDTH = 50

export function lineOf(figure: Figure): string {
  const { name, ours, bare, others = {}, unit } = figure
  const sides = [
    `${number(ours)} ${unit}`,
    ...(bare === undefined ? [] : [`bare ${number(bare)}`, `ratio ${(ours / bare).toFixed(2)}`]),
    ...Object.entries(others).map(([other, value]) => `${other} ${number(value)}`),
  ]
  const verdicts = [...verdictOnTarget(figure), ...verdictsOnOthers(figure)]
  return `${name.padEnd(NAME_WIDTH)} ${sides.join(', ')}${verdicts.length > 0 ? ` (${verdicts.join(', ')})` : ''}`
}

function verdictOnTarget({ ours, bare, target, targetOf, isMoreBetter = true }: Figure): string[] {
  if (target === undefined) return []
  const value = bare === undefined || targetOf === 'ours' ? ours : ours / bare
  const holds = isMoreBetter ? value >= target : value <= target
  return [`target ${isMoreBetter ? '≥' : '≤'} ${target}: ${verdict(holds)}`]
}

function verdictsOnOthers({ ours, others = {}, isToLead, isMoreBetter = true }: Figure): string[] {
  if (!isToLead) return []
  return Object.entries(others).map(
    ([other, value]) => `ahead of ${other}: ${verdict(isMoreBetter ? ours > value : ours < value)}`,
  )
}

function verdict(holds: boolean): string {
  return holds ? 'holds' : 'MISSED'
}

function number(value: number): string {
  return value
    .toLocaleString('en-US', { maximumFractionDigits: decimalsOf(Math.abs(value)) })
    .replaceAll(',', ' ')
}

function decimalsOf(size: number): number {
  if (size >= 100) return 0
  if (size >= 10) return 1
  return size >= 0.1 ? 2 : 4
}
