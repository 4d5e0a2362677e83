import { alike, plain } from '../errors/words.ts'

/** A status of somebody else's that is a no; 408, 499 and the like are none, but of one who stopped waiting. */
const refusal = '(?!408|424|425|444|460|499)4\\d\\d'
/** What was answered: not how it was asked for, nor a code's name or a no that was passed on. */
const answer = `(response|reply|answer)\\b(?! (format|type|modalit|status( code)?( ?$|\\W{0,2}${refusal})))`
const checked = '(the |our |its |a )?(safety|moderat|content|polic|review|guardrail)'
const passedOn = `\\W{0,2}((an?|the|with|http|status|code)\\b\\W{0,2})*(${refusal}|error)\\b`

/** Said by one who asked somebody else and doesn't know what became of it. */
const lost = alike(
  '\\btime outs?\\b|timed? ?outs?\\b|\\b(took|takes|taking) too long|超时|逾时',
  '\\b(context|client|request|rpc|upstream) deadline|\\bdeadline (was |is |has been )?(exceed|expire|reach)',
  '\\beof\\b|\\beconn[a-z]|\\bepipe\\b|unexpected end of (the )?(stream|response|data)|broken (pipe|connection)|reset (by|before)|hang ?up|hung up',
  'dial tcp|premature|no route to|\\b(unable to|failed to|could ?n.?t|could not|can ?not) (reach|connect)|\\btransport\\b.{0,20}\\bclos',
  '\\b(connection|socket|stream|transport|peer|network)s?\\b.{0,30}\\b(reset|closed?|abort\\w*|refused|lost|broken|dropped|terminated|interrupted|failed|failure|error|unreachable)',
  '\\b(reset|closed|lost|dropped|broke|aborted) (the |its |our )?(connection|socket|stream)\\b|\\b(worker|backend)\\b.{0,12}\\b(lost|died|gone)',
  'context cancell?ed|client (closed|disconnected)|(request|operation) (was )?(cancell?ed|aborted|interrupted)|\\bfetch failed',
  '(连接|网络|网关).{0,6}(重置|断开|中断|关闭|失败|错误|异常(?!行为|活动|流量)|波动)',
  'bad gateway|gateway (error|time)|internal (server )?error|内部错误',
  '\\b(status|code|http|error|returned|answered|got|received)\\W{1,3}5\\d\\d\\b',
  `\\b(invalid|bad|empty|unexpected|malformed|incomplete|truncated|no|unknown) (\\w+ ){0,2}${answer}`,
  `\\b${answer}.{0,30}\\b(invalid|empty|malformed|unexpected|truncated|failed(?! ${checked})|not (valid )?json)\\b`,
  '\\b(read|pars|decod|unmarshal|deseriali)\\w*\\b.{0,30}\\b(response|reply|answer)',
  `\\b(upstream|backend|provider|origin|server|channel)\\b.{0,20}\\b(returned|sent|gave|answered)\\b(?!${passedOn}).{0,20}\\b(invalid|empty|unexpected|malformed|bad|non|no|nothing)\\b`,
  '(解析|读取).{0,6}(响应|返回)|(响应|返回).{0,6}(为空|异常|解析|格式(?!.{0,4}(支持|必须|参数)))',
)
/** The same words, said of what was asked for or of a key. */
const otherTimeouts =
  /\b(invalid|unsupported|unknown) (parameter )?time ?out|\btime ?out (param\w*|value|field|must|should|can ?not|is not)|\b(session|token|login|auth\w*|key)s? (has |was |is )?time(d )?(out)?\b( ?out)?|(登录|会话|令牌|密钥|认证).{0,4}超时|时长.{0,2}超时|超时(参数|时间)/g
/** And in a prompt that is quoted; but not what was said when it was sent. */
const quotedPrompt =
  /(?<!(fail|error|submi|sen[dt]|post).{0,30})(\b(prompt|text|caption)\b|提示词)((?!fail|error|submi|sen[dt]|post)[^"“「]){0,40}("[^"]*"|“[^”]*”|「[^」]*」)/gi
const ofInput = alike(
  '\\b(download|fetch|load|retriev|access|reach|connect\\w* to)\\w* (from )?((the|your|an?|any|input|reference|source|provided|remote) ){0,3}(image|picture|photo|media)s?\\b(?! (service|server|api|backend|model|generat))',
  '\\b(image|picture|photo|media)s? (url|link|download|fetch)',
  '(下载|获取|拉取|访问|加载).{0,6}(图片|图像|素材)|(图片|图像|素材).{0,6}(下载|获取|拉取|访问|加载|链接|地址)',
)

/** Whether somebody lost sight of what was passed on: that is no word on what was asked for. */
export function lostSight(...texts: (string | undefined)[]): boolean {
  return texts.some((text = '') => {
    const said = plain(text.slice(0, 2000).replace(quotedPrompt, 'prompt ')).replace(otherTimeouts, ' ')
    return lost.test(said) && !ofInput.test(said)
  })
}
