import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { sendError } from './error-handler.ts'
import { preferredLanguage } from './language.ts'

const words = {
  en: {
    title: 'This address can’t be read',
    hint: 'A part of it is missing or was changed on the way.',
    studio: 'To the studio',
  },
  zh: { title: '无法识别该地址', hint: '地址不完整，或在传送途中被改动。', studio: '前往 Studio' },
}

/** What is no address never meets a route: somebody who followed a link gets a page, and a program the envelope. */
export function sendFrameworkError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { accept, 'accept-language': languages } = request.headers
  if (error.code !== 'FST_ERR_BAD_URL' || !accept?.includes('text/html'))
    return sendError(error, request, reply)
  return reply
    .code(400)
    .headers({ 'content-security-policy': "default-src 'none'", 'x-content-type-options': 'nosniff' })
    .type('text/html; charset=utf-8')
    .send(page(preferredLanguage(languages)))
}

function page(language: 'en' | 'zh'): string {
  const { title, hint, studio } = words[language]
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head><meta charset="utf-8"><title>Reelay</title></head>
<body><h1>${title}</h1><p>${hint}</p><p><a href="/studio/">${studio}</a></p></body>
</html>
`
}
