/** What a video can be made as from an earlier one: a remix, an edit, or an extension, which makes it longer. */
export const derivationKinds = ['remix', 'edit', 'extension'] as const
export type DerivationKind = (typeof derivationKinds)[number]
