/** All attack profiles, in the order in which the guide tells them. */
import { botnet } from './botnet.ts'
import { breach } from './breach.ts'
import { brute } from './brute.ts'
import type { Profile } from './define.ts'
import { lowSlow } from './low-slow.ts'
import { recon } from './recon.ts'
import { scan } from './scan.ts'
import { sprayScan } from './spray-scan.ts'
import { stuffing } from './stuffing.ts'
import { webStuffing } from './web-stuffing.ts'

export const PROFILES: readonly Profile[] = [
  brute,
  botnet,
  stuffing,
  lowSlow,
  breach,
  recon,
  scan,
  webStuffing,
  sprayScan,
]
