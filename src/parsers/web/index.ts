/** The web formats, in the order in which they are tried: the usual one first. */
import type { FormatDeclaration } from '../../kit/define-parser.ts'
import apacheError from './apache-error.ts'
import awsElb from './aws-elb.ts'
import combined from './combined.ts'
import common from './common.ts'
import envoy from './envoy.ts'
import frameworks from './frameworks.ts'
import haproxy from './haproxy.ts'
import json from './json.ts'
import lighttpdError from './lighttpd-error.ts'
import litespeedError from './litespeed-error.ts'
import nginxError from './nginx-error.ts'
import nginxProxyManager from './nginx-proxy-manager.ts'
import squid from './squid.ts'
import uvicorn from './uvicorn.ts'
import vhostCombined from './vhost-combined.ts'
import w3c from './w3c.ts'

export const WEB_FORMATS: readonly FormatDeclaration[] = [
  combined,
  common,
  vhostCombined,
  json,
  nginxError,
  apacheError,
  nginxProxyManager,
  haproxy,
  lighttpdError,
  uvicorn,
  frameworks,
  envoy,
  squid,
]

/** Formats whose lines begin like those of syslog: they are asked before it, and refuse its lines by a byte or two. */
export const DATED_WEB_FORMATS: readonly FormatDeclaration[] = [awsElb, w3c, litespeedError]

export { resolveTrustedProxies } from '../../kit/cdn-ranges.ts'
export { createCustomWebFormat, createJsonWebFormat } from './custom.ts'
export { default as webServerProgram, openWebMessages } from './web-server.ts'
