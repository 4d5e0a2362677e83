import { lostSight } from '../submit/lost-sight.ts'
import type { Reason } from './reason.ts'
import { alike, plain } from './words.ts'

/**
 * What a no is about: what the video would show, something else in this request, the account's means, our key, how
 * much is asked for, or upstream's own state.
 */
export type Category = 'moderation' | 'request' | 'quota' | 'balance' | 'key' | 'rate' | 'busy'

/** Kling's own numbers and those that others share with it; Volcengine's have five digits. */
const numbers: Record<string, Category> = {
  ...each('key', 1000, 1001, 1002, 1003, 1004),
  ...each('balance', 1100, 1101, 1102, 1008, 1113),
  ...each('request', 1200, 1201, 1202, 1203, 2013),
  ...each('moderation', 1300, 1301, 1026, 1027, 50411, 50412, 50413, 50511, 50512, 50513),
  ...each('rate', 429, 1302, 1303, 1304, 50429, 50430),
}

const thing = '\\b(prompt|input|content|image|picture|video|request|output|text|material|generation)s?'
const keyNoun =
  '(api ?key|access ?key|secret ?key|subscription key|virtual key|api ?token|access token|auth\\w* (token|header|key)|bearer( token)?|credentials?|jwt|authorization)'
const bad = '(invalid|incorrect|wrong|expired|revoked|disabled|missing|unknown|malformed|inactive|no|bad)'
const account = '(account|organi[sz]ation|workspace|project|user|team|tenant|merchant)'
const model = '(model|deployment|engine)'

const modelRefused = alike(
  `${model}s?\\b.{0,60}\\b(not (allowed|available|accessible|supported|enabled|found|exist|permitted|authori[sz]ed|a valid|active|open)|does ?n.?t (exist|support)|unavailable|unsupported|denied|deprecated|retired|disabled|invalid|restricted)`,
  `(access|permission|allowed|entitled|authori[sz]ed|verified|subscribe\\w*|upgrade)\\b.{0,40}\\b(to|for|use|access)\\b.{0,40}\\b${model}`,
  `(unknown|unsupported|invalid|no such|disabled|missing|unavailable|deprecated) ${model}`,
  `(access|permission)\\b.{0,20}${model}.{0,20}denied|${model} (access|permission) denied`,
  `(required|needed|necessary)\\b.{0,20}\\b${model}`,
  '(无权|没有权限|无权限|未开通|不允许|不支持|不存在|未找到|无效|禁止).{0,16}模型',
  '模型.{0,40}(无权|没有权限|未开通|不可用|不支持|无可用|不存在|下线|未找到|不允许|无效|禁用)',
)

/** In this order, the first that fits: what looks like another is asked for before it. */
const words: [Category, RegExp][] = [
  [
    'busy',
    alike(
      `${model}.*(overloaded|at capacity|busy|temporarily|currently un|try again)`,
      '模型.*(繁忙|过载|稍后|负载)',
    ),
  ],
  ['request', modelRefused],
  ['quota', alike('exceeded your current quota|insufficient quota|check your plan')],
  [
    'key',
    alike(
      '\\b(account|organi[sz]ation|access|user|api ?key) (has been|have been|was|is) (suspended|terminated|deactivated|disabled|banned|blocked|closed|frozen|revoked)',
      '(country|region|territory).{0,30}(not (supported|allowed)|unsupported)|unsupported (country|region)|\\bip\\b.{0,30}(not (allowed|in|whitelisted)|blocked|denied)',
    ),
  ],
  [
    'moderation',
    alike(
      `${thing}\\b.{0,50}\\b(flagged|violat\\w+|inappropriate|unsafe|disallowed|prohibited|harmful|objectionable)`,
      `${thing}\\b.{0,30}\\b(blocked|rejected|refused|filtered|denied|declined)\\b.{0,40}\\b(safety|moderat\\w+|polic\\w+|content|filters?|guidelines?|sensitiv\\w+)`,
      `violat\\w+\\b.{0,80}\\b(polic\\w+|guidelines?|terms|rules|standards?|safety|copyright|law)`,
      '(blocked|rejected|refused|filtered|flagged|stopped) (by|due to|for|because of) (\\w+ ){0,3}(content|safety|moderation|polic\\w+|filters?)',
      '(content|usage) polic(y|ies)|content guidelines|content.{0,20}\\bnot (allowed|permitted)|content (violation|moderat\\w+|filter\\w*|safety|restriction)|moderation blocked|safety (system|filter|violation)|risk (is |was |has |did )?not pass',
      '内容(审核|安全|违规|政策|不当|不合规)|审核(不通过|未通过|失败|拒绝|不过)|(未|没有)?通过.{0,6}审核|违反.{0,16}(政策|规定|准则|规范|法律|条款)',
      '敏感|违规|涉黄|涉政|色情|暴恐|违禁|不合规|含有不当',
    ),
  ],
  [
    'balance',
    alike(
      'insufficient (account |user |wallet |pre ?paid |token )?(balance|funds?|credits?|user quota)|insufficient user quota',
      '(balance|credits?|funds)\\b.{0,40}\\b(insufficient|not enough|too low|exhausted|depleted|empty|ran out|run out|used up|negative|exceeded)',
      '\\b(not enough|no|out of|low|zero|need more|run out of|ran out of|lack of|lacks) (\\w+ )?(credits?|balance|funds|money)\\b',
      'budget.{0,20}exceeded|exceeded.{0,30}budget|billing|spend(ing)? (limit|cap)|hard limit reached|overdue|arrears?\\b|unpaid|\\bowes\\b',
      '\\btop ?up|\\brecharge|(add|buy|purchase) (more )?(credits|funds)|credit limit|user quota|token quota|quota too low',
      '余额|欠费|额度|充值|预扣费|点数不足|积分不足|资源包.{0,6}(用尽|耗尽|不足|用完)',
    ),
  ],
  [
    'key',
    alike(
      `\\b${bad}\\b.{0,25}\\b${keyNoun}\\b`,
      `\\b${keyNoun}\\b.{0,60}\\b(invalid|incorrect|wrong|expired|revoked|disabled|missing|unknown|not (\\w+ )?(found|valid|recogni[sz]ed|active|provided|authori[sz]ed|exist)|does ?n.?t exist|suspended|blocked|deleted|unauthorized|required)`,
      '\\b(invalid|wrong|incorrect|bad|expired|revoked|disabled) key\\b|\\b(invalid|expired|revoked|disabled|incorrect) (token|signature)$|\\btoken (is |has |was |been )*(invalid|expired|revoked|disabled|not valid|unavailable)',
      `\\b${account}\\b.{0,40}\\b(suspended|deactivated|disabled|banned|blocked|terminated|closed|frozen|locked|not active|inactive|expired|archived|on hold|not found)`,
      'authentication (error|failed|failure|fails)|auth (error|failed|failure)|(failed to|could ?n.?t|could not|can ?not) (authenticate|validate credentials)|not authenticated|unauthenticated|wrong api',
      '(令牌|密钥|秘钥|鉴权|认证|凭证|签名|api ?key|token).{0,10}(无效|错误|过期|失效|不存在|不正确|失败|禁用|未提供|缺失|非法|不可用)',
      '(无效|错误|非法|未提供|缺少|过期)的?.{0,4}(令牌|密钥|秘钥|api ?key|token|凭证)',
      '(账户|账号|帐号|帐户|用户).{0,8}(封禁|禁用|冻结|停用|注销|被封|锁定)',
    ),
  ],
  [
    'rate',
    alike(
      'rate ?limit|too many (\\w+ )?(requests|running|concurrent|pending|active|tasks|jobs|submissions|videos|generations)|requests? per|\\b(rpm|tpm|qps|tps|rps)\\b|throttl|slow(ing)? down',
      'concurren(t|cy)|parallel (task|request|job)|(try|retry)( again)? (in|after) [~≈]?\\d|please wait \\d|retry after|request frequency|frequency|per (second|minute|hour)\\b',
      '\\b(request|task|job|running)s? limit (is |was |has been )*(reached|exceeded)|reached (the |your )?(api|request|call)s? (\\w+ )?limit',
      '频率|频繁|速率|限流|限速|并发|请求(数)?(过多|太多|超限)|次数过多',
    ),
  ],
  [
    'busy',
    alike(
      'overload|\\b(over|at|no|insufficient|not enough|out of) (\\w+ )?(capacity|gpus?|slots?)\\b|insufficient resources|capacity (is )?(full|reached)',
      '\\b(server|system|service|engine|upstream|gpu|cluster|queue|network|provider)s?( is| are)?( currently| too| very| temporarily| really)* (busy|full|unavailable|down|saturated)',
      'temporar|high (demand|load|traffic)|(re)?try (again )?(later|shortly|soon|in a)|maintenance|no (available|healthy) (channel|upstream|worker|provider|server|instance)|currently (not |un)available',
      '繁忙|负载|饱和|过载|稍后|稍候|暂时|排队|资源不足|维护',
    ),
  ],
  [
    'quota',
    alike(
      'insufficient quota|quota\\b.{0,60}\\b(exceeded|exhausted|used up|reached|insufficient|not enough|depleted|run out)',
      '\\b(exceed\\w*|out of|over|no|used up|reached)\\b.{0,30}\\bquota|check your plan|(daily|monthly|weekly|usage|plan) (usage )?(limit|cap|allowance)',
      '配额',
    ),
  ],
  [
    'moderation',
    alike(
      'moderat(ion|ed|or)|\\bsafety\\b|\\bunsafe|sentinel|(?<!case )\\bsensitive|nsfw|responsible ai|\\brai\\b|guardrail|data ?inspection|community (guidelines|standards)|respect moderation|content filter',
      'copyright|likeness|public figure|celebrit|real (people|person)|nudity|nude|sexual|porn|\\bgore\\b|violence|violent|self harm|\\bhate|\\bchild(ren)?\\b(?! process)|\\bminors?\\b|similarity|repetitive patterns',
      '\\bpolic(y|ies)\\b|prohibited|disallowed|objectionable|inappropriate',
      '审核|安全|政策|风控|违法|暴力|版权|肖像|不当|拒绝生成',
    ),
  ],
  [
    'request',
    alike(
      `\\b(invalid|unsupported|unknown|malformed|missing|bad|illegal|wrong|unrecogni[sz]ed|unexpected) (\\w+ )?(${thing}|param\\w*|value|size|seconds|duration|length|aspect\\w*|ratio|resolution|format|field|argument|option|url|reference|file|type|json|body|name|property|enum|arg|mime\\w*)\\b`,
      `\\b(prompt|input|request|image|video|file|text|duration|seconds|size|resolution|reference|body|width|height|param\\w*|argument|value|aspect ratio|field)s?\\b.{0,60}\\b(too (long|short|large|small|big|many|few)|invalid|required|must|should|exceed\\w*|unsupported|not (a )?(valid|supported|allowed|found|permitted)|out of range|missing|malformed|at most|at least|can ?not|may not|longer than|expired|does ?n.?t exist|not exist|corrupt\\w*|limit)`,
      '\\b(video|source|task|job|image|file|generation|resource|asset)\\b.{0,80}\\b(not found|not exist|does ?n.?t exist|no longer|not (yet )?(completed|ready|finished)|gone)|no such (video|task|file|image|job)|no (video|task|job) (with|named|called)|not (yet )?completed',
      '\\b(unknown|unrecogni[sz]ed|unexpected) keys?\\b|not supported|unsupported|too long|out of range|must be|is required|validation|value error|invalid (argument|prompt|request|input|value|param\\w*|size)|user error|bad request|unprocessable|user input',
      '参数|无效|不支持|不合法|非法|格式|缺少|必填|必须|不能为空|超出|过长|太长|过大|不存在|未找到|尺寸|时长|分辨率|提示词',
    ),
  ],
]

const ownFault = alike(
  '\\b(too (long|short|large|small|big)|invalid|unsupported|malformed|out of range|must be|is required|not (a )?(valid|supported|found|exist)|does ?n.?t (exist|support)|characters)\\b',
  '\\b(prompt|text|input|file|image|video) (size|length|duration)\\b',
  '过长|太长|过大|字数|无效|不支持|不合法|非法|格式|缺少|必填|必须|不能为空|不存在|未找到|参数|尺寸|时长|分辨率',
)

/** Names of whole families: they stand for anything that was wrong, our key included. */
const generic =
  /^(invalid[ _]?request([ _]?error)?|bad[ _]?request([ _]?error)?|error|forbidden|permission[ _]?(denied|error)|access[ _]?denied|unauthori[sz]ed|not[ _]?found|new api error|server error|api error|invalid argument)$/
const internal =
  /invalid (response|state|memory|configuration|device|server)|^internal|internal (server )?error|upstream (error|failed)|bad (response|gateway)|unexpected error/
const falseFriends =
  /content[ -](type|length|encoding|disposition|range)|rate[ -]?limit(ing)? polic(y|ies)|for your safety|(retention|cors|security|network|password) polic(y|ies)|max(imum)? tokens?/g

/**
 * What a reason is about; undefined where it doesn't say. Codes go before words, but for what words know better: a
 * code may stand for all that can be wrong with a request.
 */
export function categoryOf(reason: Reason): Category | undefined {
  return reason.means ?? tellingCategoryOf(reason) ?? (isRequestAtAll(reason) ? 'request' : undefined)
}

/** The same without what only the name of a whole family says: upstream may call anything an invalid request. */
export function tellingCategoryOf({ code, type, message }: Reason): Category | undefined {
  const byCode = natureOfName(code) ?? natureOfName(type)
  const byWords = natureOfText(message) ?? numbers[code ?? '']
  if (byCode === undefined) return byWords
  if (byCode === 'request' && byWords === 'moderation') return byWords
  return byCode === 'key' && modelRefused.test(plain(message)) ? 'request' : byCode
}

export function maySayKey({ message }: Reason): boolean {
  const said = plain(message)
  return (
    /\b(key|token|auth\w*|credentials?|headers?|signature|log ?in|user|account)\b|密钥|令牌|鉴权|认证|签名|账号|账户/.test(
      said,
    ) && !modelRefused.test(said)
  )
}

/** Of 429: whether it blames what was asked for, rather than how much is asked for. */
export function blamesRequest({ code, type, message }: Reason): boolean {
  const isNamed = [code, type].some(
    (name) => natureOfName(name) === 'request' && !/limit|exceed|max|reached/.test(plain(name)),
  )
  return isNamed || ownFault.test(plain(message))
}

function natureOfName(name: string | undefined): Category | undefined {
  const text = plain(name)
  if (generic.test(text) || internal.test(text) || lostSight(name)) return undefined
  if (/\bpolic|moderat|safety|sentinel|sensitive|content filter/.test(text.replace(falseFriends, '')))
    return 'moderation'
  return (
    natureOfText(name) ??
    (/invalid|unsupported|missing|not (allowed|supported|exist)|too (long|large)/.test(text)
      ? 'request'
      : undefined)
  )
}

function natureOfText(text: string | undefined): Category | undefined {
  const said = plain(text).replace(falseFriends, (friend) => (friend.startsWith('rate') ? 'rate limit' : ' '))
  if (generic.test(said) || internal.test(said) || lostSight(text)) return undefined
  return words.find(([, pattern]) => pattern.test(said))?.[0]
}

function isRequestAtAll({ code, type, message }: Reason): boolean {
  if (lostSight(code, message)) return false
  return [code, type].some((name) => /invalid|bad request|user error|unsupported|policy/.test(plain(name)))
}

function each(nature: Category, ...codes: number[]): Record<string, Category> {
  return Object.fromEntries(codes.map((code) => [String(code), nature]))
}
