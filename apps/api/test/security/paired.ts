/**
 * How much more this process computes for the second of two things, as a share of the first: the median over pairs that
 * come one right after the other and take turns in who is first. Ends when the share is below `enough`, after at least 25 pairs and at most 200.
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

/** The least of several runs, in ms that this process computes: what else the machine does is not in the way. */
export async function shortest(runs: number, run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  while (times.length < runs) times.push(await msOf(run))
  return Math.min(...times)
}

async function msOf(run: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
