import { withPicture } from '../pictures/with-picture.ts'
import { nestFields } from './nested-fields.ts'

/** What a route is registered with that takes a picture as SDKs give it. */
export const withNestedPicture = {
  ...withPicture,
  preValidation: [withPicture.preValidation, nestFields],
  config: { ...withPicture.config, fileText: 'image_url' },
}
