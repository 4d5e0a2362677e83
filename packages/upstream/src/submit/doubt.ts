import { firstAt } from '../answer/places.ts'
import type { Reading } from '../dialect/reading.ts'
import { embedded, type Reason } from '../errors/reason.ts'
import { alike, plain } from '../errors/words.ts'
import { idOf } from '../video/ids.ts'
import { lostSight } from './lost-sight.ts'

/** Where a success was meant to be said, these are enough to doubt a no. */
const unread =
  /unmarshal|\bdecod|\bpars(e|es|ed|er|ing)\b|\bjson\b|invalid (\w+ )?body|invalid character|unexpected|server error|\babort|\bcancel|\binterrupt|disconnect|解析|网关|服务器(错误|异常)/
const limit =
  '(\\b(most|exceed(s|ing)?|than|below|above|under|over|up to|within|limit( of| is)?|max(imum)?( of| is)?|least|between \\d+ and)|超过|最多|至多|大于|小于|多于|少于|上限为?|[<>≤≥]=?) ?'
const unit =
  ' ?(characters?|chars|words|tokens|letters|bytes|[kmg]b|px|pixels|seconds|ms|credits|个|字|像素|秒)'
const serverStatus = alike(`(?<!${limit})\\b50[0-4]\\b(?!${unit})`)
const done =
  '(accepted|submitted|queued|enqueued|created|pending|processing|in progress|scheduled|started|running)'
const taken = alike(
  `^${done}\\b`,
  `(?<!\\b(no|not|never|many) (\\w+ )?)\\b(task|job|video|request|generation|moderation|review|already|been|is|was|successfully) ${done}\\b`,
  '(?<!\\b(not|no|never|without|un) (\\w+ )?)\\bsuccess(ful|fully)?\\b',
  '已(经)?(被)?(提交|创建|受理|接收|接受|排队|加入|开始)|已(经)?(扣费|扣款|扣除|计费)|(处理|生成|排队|进行|审核|执行|渲染)中',
  '(?<![不未没有无法能])成功(?!后|率)|(操作|下单|提交|创建|受理|扣费|扣款|支付)(已)?完成',
)

const makes =
  '(created|submitted|accepted|queued|processed|processing|charged|billed|started|made|generated(?! by\\b)|running|in progress)'
/** "May be created" alone is a permission, and what you may have started a reproach. */
const perhapsMade = alike(
  `(?<!\\byou )\\b(may|might|could)( \\w+)? have (\\w+ )?(been )?${makes}`,
  `\\b(may|might|could) (already|still) (be |have )?(been |being )?${makes}|\\bmight be (being )?${makes}`,
  '(?<!\\b(only|most|than|to)\\b.{0,30})\\b(may|could) be (processing|running|in progress|charged|billed)(?!.{0,30}\\bat (a|the same|any) time|.{0,30}\\bat once)',
  `\\b(possibly|perhaps|maybe) (already )?(been )?${makes}`,
  '(可能|也许|或许)已(经)?(被)?(成功)?(提交|创建|受理|接收|接受|生成|扣费|扣款|计费|开始|排队|处理|执行)',
  '(可能|也许|或许)(仍|还|正)?(然)?在(处理|生成|排队|执行|进行|运行)',
)
const madeBefore = alike(
  '\\balready (been |being |in |was )?(exists?|submitted|created|queued|accepted|received|progress|process\\w*|running|started|generat\\w*|pending)',
  '\\bduplicated? (\\w+ )?(request|task|submission|job|generation|prompt)|(request|task|submission|job) (is |was )?(a )?duplicate',
  '已(经)?(被)?(提交|创建|受理|接收|存在)|重复(的)?(提交|请求|任务)',
)

/** Said of the video that a remix is asked of, which is not ready; but not of what is made from it. */
const sourceBusy = alike(
  '(?<!\\b(of|for|from|on|with) (the |this |that |your |its )?)\\b(source|original|parent|input|reference|base)( video| clip| task| generation| job)? (is |was |has )?(still )?already (been |being )?(in progress|process|running|generat|queued|pending)',
  '\\balready being (process|generat|remix|edit)\\w* from (this|the|that|your) (source|original|video)',
)

/** One who has nobody to ask, or is closed, has asked nobody: that is not in doubt, but with 5xx, which anybody may say. */
const notBegun = alike(
  '\\bno (available|healthy) (channel|provider)|maintenance|temporarily (restricted|limited|locked|blocked|closed)',
  '维护|无可用(的)?(渠道|通道)',
)

export function saysNotBegun({ message }: Reason): boolean {
  return notBegun.test(plain(message))
}

export function maySayMade({ message }: Reason): boolean {
  return perhapsMade.test(plain(message))
}

/** Whether a no says that the same was asked for before: by us, as the one who is asked may have been twice. */
export function saysMadeBefore({ code, type, message }: Reason): boolean {
  return [code, type, message].some((text) => {
    const said = plain(text)
    return madeBefore.test(said) && !sourceBusy.test(said)
  })
}

/** Whether a no that came with a success speaks, anywhere, of trouble on the way or of what was taken. */
export function isDoubtful(body: unknown): boolean {
  return anywhere(body, ([key, value]) => {
    if (isServerError(key, value)) return true
    if (typeof value !== 'string') return false
    const said = plain(value)
    return unread.test(said) || serverStatus.test(said) || taken.test(said) || lostSight(value)
  })
}

const codeKeys = /^((err(or)?|ret|biz|status|http)_?)*(code|no|status)$/i

/** 500 and 5001; of five digits 50012, but not what Volcengine finds wrong with a request, such as 50412 or 50511. */
const serverCode = /^5(\d\d\d?|00\d\d|03\d\d|05[^1]\d)$/

export function isServerError(key: string, value: unknown): boolean {
  return codeKeys.test(key) && serverCode.test(String(value))
}

const idKeys = /^(id|(task|video|job|generation|operation|external|prediction)_?id|polling_url)$/i

/** Whether an answer has an id of a video, other than the known one, anywhere or where the dialect has it. */
export function namesVideo(body: unknown, { ids }: Reading, known?: string): boolean {
  const own = ids.isUsual ? undefined : firstAt(body, ids.places, idOf)
  if (own !== undefined && own !== known) return true
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
