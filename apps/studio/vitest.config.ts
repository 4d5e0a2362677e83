import { suite } from '@reelay/local-services/testing/suite'

export default suite()
