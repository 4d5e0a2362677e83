export const environment: Readonly<Record<string, string | undefined>> = Object.freeze({ ...process.env })
