const words = {
  en: { title: 'The studio is not built', hint: 'Build it with', after: 'The api works without it.' },
  zh: { title: '尚未构建 Studio', hint: '构建命令：', after: 'API 不依赖它即可运行。' },
}

export function notBuiltPage(language: 'en' | 'zh'): string {
  const { title, hint, after } = words[language]
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head><meta charset="utf-8"><title>Reelay</title></head>
<body><h1>${title}</h1><p>${hint} <code>npm run studio</code></p><p>${after}</p></body>
</html>
`
}
