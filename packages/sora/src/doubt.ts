import { lostSight } from './lost-sight.ts'
import { embedded, type Reason } from './reason.ts'
import { alike, plain } from './words.ts'

/** Where a success was meant to be said, these are enough to doubt a no. */
const unread =
  /unmarshal|\bdecod|\bpars(e|es|ed|er|ing)\b|\bjson\b|invalid (\w+ )?body|invalid character|unexpected|server error|\babort|\bcancel|\binterrupt|disconnect|\b50[0-4]\b|解析|网关|服务器(错误|异常)/
const done =
  '(accepted|submitted|queued|enqueued|created|pending|processing|in progress|scheduled|started|running)'
const taken = alike(
  `^${done}\\b`,
  `(?<!\\b(no|not|never|many) (\\w+ )?)\\b(task|job|video|request|generation|moderation|review|already|been|is|was|successfully) ${done}\\b`,
  '(?<!\\b(not|no|never|without|un) (\\w+ )?)\\bsuccess(ful|fully)?\\b',
  '已(经)?(被)?(提交|创建|受理|接收|接受|排队|加入|开始)|已(经)?(扣费|扣款|扣除|计费)|(处理|生成|排队|进行|审核|执行|渲染)中',
  '(?<![不未没有无法能])成功(?!后|率)|(操作|下单|提交|创建|受理|扣费|扣款|支付)(已)?完成',
)

const perhapsMade = alike(
  '\\b(may|might) (?!not\\b)(\\w+ )?(have )?(already )?(been |be )?(created|submitted|accepted|queued|processed|processing|charged|billed|started|made|generated|running)',
  '可能已|也许已',
)
const madeBefore = alike(
  '\\balready (been |being |in |was )?(exists?|submitted|created|queued|accepted|received|progress|process\\w*|running|started|generat\\w*|pending)',
  '\\bduplicated? (\\w+ )?(request|task|submission|job|generation|prompt)|(request|task|submission|job) (is |was )?(a )?duplicate',
  '已(经)?(被)?(提交|创建|受理|接收|存在)|重复(的)?(提交|请求|任务)',
)

/** Whether a no says itself that the video may be made all the same. */
export function maySayMade({ message }: Reason): boolean {
  return perhapsMade.test(plain(message))
}

/** Whether a no says that the same was asked for before: by us, as the one who is asked may have been twice. */
export function saysMadeBefore({ code, type, message }: Reason): boolean {
  return [code, type, message].some((text) => madeBefore.test(plain(text)))
}

/** Whether a no that came with a success speaks, anywhere, of trouble on the way or of what was taken. */
export function isDoubtful(body: unknown): boolean {
  return anywhere(body, ([key, value]) => {
    if (isServerError(key, value)) return true
    if (typeof value !== 'string') return false
    const said = plain(value)
    return unread.test(said) || taken.test(said) || lostSight(value)
  })
}

const codeKeys = /^((err(or)?|ret|biz|status|http)_?)*(code|no|status)$/i

/** A code of upstream's own trouble: 500, or in longer numbers 50012. */
export function isServerError(key: string, value: unknown): boolean {
  return codeKeys.test(key) && /^5\d{2,4}$/.test(String(value))
}

const idKeys = /^(id|(task|video|job|generation|operation|external|prediction)_?id|polling_url)$/i

/** Whether an answer has a video's name anywhere, other than this one's. */
export function namesVideo(body: unknown, known?: string): boolean {
  return anywhere(body, ([key, value]) => {
    const isName = typeof value === 'string' || typeof value === 'number'
    return isName && idKeys.test(key) && value !== '' && value !== 0 && value !== known
  })
}

/** In all that an answer holds, and in JSON within its texts. What is too deep to look through holds anything. */
function anywhere(value: unknown, is: (member: [string, unknown]) => boolean, depth = 0): boolean {
  if (depth > 8) return true
  if (typeof value === 'string') return anywhere(embedded(value), is, depth + 1)
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some((member) => is(member) || anywhere(member[1], is, depth + 1))
}
