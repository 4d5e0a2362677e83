import { suite } from '@reelay/local-services/testing/suite'

// Files wait for clocks more than they compute.
export default suite({ maxWorkers: 3, isolate: false })
