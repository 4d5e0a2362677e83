export { aFolder } from '@reelay/local-services/a-folder'
