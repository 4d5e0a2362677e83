import { createHash } from 'node:crypto'

const words = {
  en: {
    title: 'Reelay: sign in',
    heading: 'Operators',
    username: 'User name',
    password: 'Password',
    submit: 'Sign in',
  },
  zh: { title: 'Reelay：登录', heading: '运维登录', username: '用户名', password: '密码', submit: '登录' },
}

const style = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(20rem, 90vw); }
h1 { font-size: 1.25rem; margin: 0 0 1rem; }
label { display: block; margin: .75rem 0 .25rem; }
input { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; border: 1px solid GrayText; border-radius: .25rem; }
button { margin-top: 1.25rem; width: 100%; padding: .6rem; font: inherit; font-weight: 600; border: 0; border-radius: .25rem; background: #1d4ed8; color: #fff; cursor: pointer; }
:focus-visible { outline: 3px solid #60a5fa; outline-offset: 2px; }
[role=alert] { padding: .5rem .75rem; border-left: 4px solid #dc2626; background: color-mix(in srgb, #dc2626 12%, Canvas); }
`

/** The page carries nothing but this stylesheet, so its policy allows nothing else. */
export const signInPolicy = [
  `default-src 'none'`,
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  `form-action 'self'`,
  `frame-ancestors 'none'`,
  `base-uri 'none'`,
].join('; ')

/**
 * The page with the form. `problem` is one of our own sentences and never what somebody typed, and `action` has nothing
 * that HTML would read otherwise.
 */
export function signInPage(
  language: 'en' | 'zh',
  { action, problem }: { action: string; problem: string | undefined },
): string {
  const { title, heading, username, password, submit } = words[language]
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
<main>
  <h1>${heading}</h1>
  ${problem === undefined ? '' : `<p role="alert">${problem}</p>`}
  <form method="post" action="${action}">
    <label for="username">${username}</label>
    <input id="username" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus>
    <label for="password">${password}</label>
    <input id="password" name="password" type="password" autocomplete="current-password" required>
    <button>${submit}</button>
  </form>
</main>
`
}
