import { audit } from '../audit/audit.ts'
import { startLoad } from '../load/load.ts'
import type { Scenario } from '../scenario.ts'

const lostAnswers = ['accept_silence', 'accept_reset', 'accept_500', 'bad_json', 'no_answer']

const holding = ['accept_silence', 'accept_500', 'no_answer']

export const inDoubt: Scenario = {
  name: 'in-doubt',
  about: 'upstream accepts and then times out, resets, answers 500 or rubbish; its list is late; twins',
  isOnDemand: true,
  async run({ isShort, openWorld }) {
    await using world = await openWorld({ workers: 2 })
    const load = await startLoad(world, { users: 2 })
    await load.makeSources()
    for (const fault of lostAnswers) {
      // Each of these holds all submits back for up to a minute, or until one of the others is made.
      const each = isShort || holding.includes(fault) ? 2 : 40
      await load.submitMany(each, `[fault:${fault}]`)
      await load.submitMany(each, `[fault:${fault}][fault:list_late=1500]`)
      await load.submitMany(2)
    }
    // The same source and the same words: upstream's list can't tell them apart.
    const prompt = `${load.canary} twins [fault:accept_reset=0,2]`
    const [user] = load.users
    await Promise.all(
      Array.from({ length: isShort ? 3 : 6 }, () => load.submit('', { ...(user && { user }), prompt })),
    )
    return {
      faults: load.wishes.length,
      ...(await audit(world, load, { endWithinMs: isShort ? 90_000 : 420_000 })),
    }
  },
}
