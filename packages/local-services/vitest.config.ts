import { suite } from '@reelay/local-services/suite'

export default suite({ maxWorkers: 3, unstubEnvs: true })
