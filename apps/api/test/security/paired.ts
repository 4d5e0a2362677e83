/**
 * How much longer the second of two things takes, as a share of the first: the median over pairs that come one
 * right after the other and take turns in who is first, since what else the machine does changes from second
 * to second. Ends when the share is below `enough`, after at least 25 pairs and at most 200.
 */
export async function pairedDifference(
  [first, second]: [() => Promise<unknown>, () => Promise<unknown>],
  enough: number,
): Promise<number> {
  const times: number[] = []
  const differences: number[] = []
  const share = () => Math.abs(median(differences)) / median(times)
  for (let pairs = 0; pairs < 25 || (share() >= enough && pairs < 200); pairs += 1) {
    const turned = pairs % 2 === 1
    const early = await msOf(turned ? second : first)
    const late = await msOf(turned ? first : second)
    times.push(turned ? late : early)
    differences.push(turned ? early - late : late - early)
  }
  return share()
}

/** The shortest of several runs, in ms: what it takes where nothing else is in the way. */
export async function shortest(runs: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  while (times.length < runs) times.push(await msOf(run))
  return Math.min(...times)
}

async function msOf(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
