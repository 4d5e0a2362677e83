/**
 * A key that has to be asked for by name. A private field, rather than a hidden property, since copies of the object
 * and `inspect` with `showHidden` don't reach it: no log, error or template string shows the key by accident.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }
}
