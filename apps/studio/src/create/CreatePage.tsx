import { useTexts } from '../i18n/texts.ts'
import { Page } from '../ui/Page.tsx'

export function CreatePage() {
  return <Page title={useTexts().nav.create}>{null}</Page>
}
