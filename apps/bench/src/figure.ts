/** One thing that was measured: our side, and what it is held against in the same run. */
export type Figure = {
  name: string
  ours: number
  /** The same work without Reelay. */
  bare?: number | undefined
  unit: string
  /** What is to hold: of `ours / bare` where there is a bare side and nothing else is said, else of `ours`. */
  target?: number | undefined
  targetOf?: 'ours' | undefined
  /** False for what should be small, as a delay. */
  isMoreBetter?: boolean | undefined
}

export type Bench<World = void> = (world: World) => Promise<Figure[]>

const NAME_WIDTH = 44

export function lineOf(figure: Figure): string {
  const { name, ours, bare, unit } = figure
  const sides =
    bare === undefined
      ? `${number(ours)} ${unit}`
      : `${number(ours)} ${unit}, bare ${number(bare)}, ratio ${(ours / bare).toFixed(2)}`
  return `${name.padEnd(NAME_WIDTH)} ${sides}${verdictOn(figure)}`
}

function verdictOn({ ours, bare, target, targetOf, isMoreBetter = true }: Figure): string {
  if (target === undefined) return ''
  const value = bare === undefined || targetOf === 'ours' ? ours : ours / bare
  const holds = isMoreBetter ? value >= target : value <= target
  return ` (target ${isMoreBetter ? '≥' : '≤'} ${target}: ${holds ? 'holds' : 'MISSED'})`
}

function number(value: number): string {
  const decimals = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals }).replaceAll(',', ' ')
}
