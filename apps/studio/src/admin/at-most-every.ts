/** Calls at once, and for as long as it is asked again within `ms`, once more at the end of each. */
export function atMostEvery(ms: number, call: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isAskedAgain = false

  return {
    ask(): void {
      if (timer === undefined) run()
      else isAskedAgain = true
    },
    stop(): void {
      clearTimeout(timer)
      timer = undefined
      isAskedAgain = false
    },
  }

  function run(): void {
    isAskedAgain = false
    timer = setTimeout(() => {
      timer = undefined
      if (isAskedAgain) run()
    }, ms)
    call()
  }
}
