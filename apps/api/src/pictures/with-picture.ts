import { authenticate } from '../accounts/authentication.ts'
import { checkFormLength, readForm } from '../http/form-body.ts'
import { PICTURE_BODY_LIMIT, PICTURE_MAX_BYTES, pictureField } from './take-picture.ts'

const filePart = { field: pictureField, maxBytes: PICTURE_MAX_BYTES }

/** What a route is registered with that takes a picture, in a form or within JSON. */
export const withPicture = {
  onRequest: [authenticate, checkFormLength(filePart)],
  preValidation: readForm(filePart),
  bodyLimit: PICTURE_BODY_LIMIT,
  config: { fileField: pictureField },
}
