import { useEffect } from 'preact/hooks'
import { Redirect, Route, Router, Switch } from 'wouter-preact'
import { DataProvider } from './data/data.tsx'
import { forgetOthersDrafts } from './data/drafts.ts'
import { GalleryPage } from './gallery/GalleryPage.tsx'
import { useTexts } from './i18n/texts.ts'
import { RegisterPage } from './session/RegisterPage.tsx'
import { SignInPage } from './session/SignInPage.tsx'
import { type Session, session } from './session/session.ts'
import { Shell } from './shell/Shell.tsx'
import { useStore } from './store.ts'
import { ButtonLink } from './ui/Button.tsx'
import { lazyPage } from './ui/lazy-page.tsx'
import { Page } from './ui/Page.tsx'

const CreatePage = lazyPage(async () => (await import('./create/CreatePage.tsx')).CreatePage)
const KeysPage = lazyPage(async () => (await import('./keys/KeysPage.tsx')).KeysPage)
const VideoPage = lazyPage(async () => (await import('./video/VideoPage.tsx')).VideoPage)
const ComparePage = lazyPage(async () => (await import('./video/ComparePage.tsx')).ComparePage)
const AdminPage = lazyPage(async () => (await import('./admin/AdminPage.tsx')).AdminPage)

export function App() {
  const current = useStore(session)
  return (
    <Router base="/studio">{current ? <Pages key={current.user.id} session={current} /> : <Guest />}</Router>
  )
}

/** Whoever is not signed in meets the form at any address, and is there once signed in. */
function Guest() {
  return (
    <Switch>
      <Route path="/register" component={RegisterPage} />
      <Route component={SignInPage} />
    </Switch>
  )
}

function Pages({ session: { user, ...rest } }: { session: Session }) {
  useEffect(forgetOthersDrafts, [])
  return (
    <DataProvider session={{ user, ...rest }}>
      <Shell user={user}>
        <Switch>
          <Route path="/" component={GalleryPage} />
          <Route path="/new" component={CreatePage} />
          <Route path="/keys" component={KeysPage} />
          <Route path="/videos/:videoId">
            {({ videoId }) => <VideoPage key={videoId} videoId={videoId} />}
          </Route>
          <Route path="/compare/:videoId">
            {({ videoId }) => <ComparePage key={videoId} videoId={videoId} />}
          </Route>
          {user.role === 'ADMIN' && <Route path="/admin/*?" component={AdminPage} />}
          <Route path="/sign-in">
            <Redirect to="/" replace />
          </Route>
          <Route path="/register">
            <Redirect to="/" replace />
          </Route>
          <Route component={NotFound} />
        </Switch>
      </Shell>
    </DataProvider>
  )
}

function NotFound() {
  const { problems } = useTexts()
  return (
    <Page title={problems.notFound} narrow>
      <ButtonLink href="/">{problems.home}</ButtonLink>
    </Page>
  )
}
