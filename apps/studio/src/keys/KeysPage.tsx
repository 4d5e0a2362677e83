import { useTexts } from '../i18n/texts.ts'
import { Page } from '../ui/Page.tsx'

export function KeysPage() {
  return <Page title={useTexts().nav.keys}>{null}</Page>
}
