/** Something that the operator can mend. Its message says what would be right, and is all that is shown. */
export class CommandError extends Error {}
