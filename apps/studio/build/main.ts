import { buildStudio } from './build-studio.ts'

const wasBuilt = await buildStudio()
console.log(wasBuilt ? 'The studio is built: apps/studio/dist' : 'The studio is up to date: apps/studio/dist')
