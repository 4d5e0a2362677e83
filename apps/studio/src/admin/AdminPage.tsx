import { useTexts } from '../i18n/texts.ts'
import { Page } from '../ui/Page.tsx'

export function AdminPage() {
  return <Page title={useTexts().nav.admin}>{null}</Page>
}
