import { suite } from '@reelay/local-services/suite'

export default suite()
