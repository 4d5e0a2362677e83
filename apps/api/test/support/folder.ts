export { aFolder } from '@reelay/local-services/testing/a-folder'
