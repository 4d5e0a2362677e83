import type { Page } from 'playwright-core'

type Role = Parameters<Page['getByRole']>[0]

/** More than any page has stops. */
const MOST_STOPS = 150

/** Presses Tab until the focus is on what has this role and name; throws where it never gets there. */
export async function focusOn(page: Page, role: Role, name: string | RegExp): Promise<void> {
  const wanted = page.getByRole(role, { name, exact: typeof name === 'string' }).first()
  await wanted.waitFor()
  for (let i = 0; i < MOST_STOPS; i += 1) {
    if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never comes to the ${role} ${name}`)
}

/** Presses Shift+Tab from the end of a form to the bar at the top, which never covers what has the focus. */
export async function tabBackInSight(page: Page): Promise<void> {
  await page.locator('main [type=submit]').focus()
  for (let i = 0; i < MOST_STOPS; i += 1) {
    await page.keyboard.press('Shift+Tab')
    const stop = (await page.evaluate(`(() => {
      const bar = document.querySelector('.bar')
      const focused = document.activeElement
      const covered = bar.getBoundingClientRect().bottom - focused.getBoundingClientRect().top
      return { isInBar: bar.contains(focused), covered, name: focused.outerHTML }
    })()`)) as { isInBar: boolean; covered: number; name: string }
    if (stop.isInBar) return
    if (stop.covered > 0) throw new Error(`the bar covers ${stop.covered} px of ${stop.name}`)
  }
  throw new Error('Shift+Tab never comes to the bar')
}

/** Goes to a field by its label with the Tab key, and types. */
export async function type(page: Page, label: string, text: string): Promise<void> {
  const field = page.getByLabel(label).first()
  await field.waitFor()
  for (let i = 0; i < MOST_STOPS; i += 1) {
    if (await field.evaluate((element) => element === element.ownerDocument.activeElement))
      return page.keyboard.type(text)
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab never comes to the field ${label}`)
}
