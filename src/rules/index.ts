/** All rules, in the order in which the reference lists them. */
import type { Rule } from '../kit/define-rule.ts'
import accountCreated from './account-created.ts'
import accountMadeAdmin from './account-made-admin.ts'
import agentRotation from './agent-rotation.ts'
import blacklistedSource from './blacklisted-source.ts'
import breachDetection from './breach-detection.ts'
import bruteForce from './brute-force.ts'
import credentialStuffing from './credential-stuffing.ts'
import crossService from './cross-service.ts'
import geoVelocity from './geo-velocity.ts'
import invalidUserSpray from './invalid-user-spray.ts'
import logGap from './log-gap.ts'
import newSourceForUser from './new-source-for-user.ts'
import openProxyProbe from './open-proxy-probe.ts'
import passwordLoginOnKeyHost from './password-login-on-key-host.ts'
import quietHours from './quiet-hours.ts'
import rootLogin from './root-login.ts'
import slowBruteForce from './slow-brute-force.ts'
import sshScan from './ssh-scan.ts'
import sudoFailures from './sudo-failures.ts'
import webFilter from './web-filter.ts'
import webFlood from './web-flood.ts'
import webLoginBruteForce from './web-login-brute-force.ts'
import webProbe from './web-probe.ts'
import webProtocolAbuse from './web-protocol-abuse.ts'
import webScan from './web-scan.ts'
import webScannerAgent from './web-scanner-agent.ts'
import webWordpress from './web-wordpress.ts'

export const RULES: readonly Rule[] = [
  breachDetection,
  bruteForce,
  slowBruteForce,
  invalidUserSpray,
  credentialStuffing,
  crossService,
  sshScan,
  rootLogin,
  passwordLoginOnKeyHost,
  newSourceForUser,
  geoVelocity,
  quietHours,
  sudoFailures,
  accountCreated,
  accountMadeAdmin,
  logGap,
  blacklistedSource,
  webProbe,
  webScan,
  webLoginBruteForce,
  webScannerAgent,
  webFilter,
  webFlood,
  webWordpress,
  openProxyProbe,
  webProtocolAbuse,
  agentRotation,
]
