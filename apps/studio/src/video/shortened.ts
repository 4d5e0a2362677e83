/** As many characters as there is room for. */
export function shortened(text: string, length: number): string {
  // By characters, so that none is cut in two.
  const characters = [...text.slice(0, 2 * length + 2)]
  return characters.length > length ? `${characters.slice(0, length).join('')}…` : text
}
