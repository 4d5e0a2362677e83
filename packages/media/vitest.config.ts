import { suite } from '@reelay/local-services/testing/suite'

export default suite({ maxWorkers: 2, isolate: false })
