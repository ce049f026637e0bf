/** Every parser there is. Formats are tried in this order, those of a line's first byte only. */
import type { FormatDeclaration, ProgramDeclaration } from '../kit/define-parser.ts'
import appLogins from './formats/app-logins.ts'
import auditd from './formats/auditd.ts'
import cefFormat from './formats/cef.ts'
import csv from './formats/csv.ts'
import dockerCompose from './formats/docker-compose.ts'
import dockerJson from './formats/docker-json.ts'
import eximLog from './formats/exim.ts'
import grafana from './formats/grafana.ts'
import grep from './formats/grep.ts'
import journaldExport from './formats/journald-export.ts'
import journaldJson from './formats/journald-json.ts'
import jsonMessage from './formats/json-message.ts'
import lastLog from './formats/last.ts'
import localDates from './formats/local-dates.ts'
import macosLog from './formats/macos-log.ts'
import opensshWindows from './formats/openssh-windows.ts'
import prefixed from './formats/prefixed.ts'
import serviceJson from './formats/service-json.ts'
import serviceLogs from './formats/service-logs.ts'
import syslogLocalised from './formats/syslog-localised.ts'
import syslogRfc3164 from './formats/syslog-rfc3164.ts'
import syslogRfc3339 from './formats/syslog-rfc3339.ts'
import syslogRfc5424 from './formats/syslog-rfc5424.ts'
import syslogUnix from './formats/syslog-unix.ts'
import syslogWeekday from './formats/syslog-weekday.ts'
import tabbed from './formats/tabbed.ts'
import background from './programs/background.ts'
import cefProgram from './programs/cef.ts'
import cockpit from './programs/cockpit.ts'
import courier from './programs/courier.ts'
import cron from './programs/cron.ts'
import cyrus from './programs/cyrus.ts'
import databases from './programs/databases.ts'
import dovecot from './programs/dovecot.ts'
import dropbear from './programs/dropbear.ts'
import exim from './programs/exim.ts'
import ftpd from './programs/ftpd.ts'
import login from './programs/login.ts'
import luci from './programs/luci.ts'
import opensmtpd from './programs/opensmtpd.ts'
import pam from './programs/pam.ts'
import pfsense from './programs/pfsense.ts'
import polkit from './programs/polkit.ts'
import postfix from './programs/postfix.ts'
import proftpd from './programs/proftpd.ts'
import proxmox from './programs/proxmox.ts'
import pureFtpd from './programs/pure-ftpd.ts'
import remoteAccess from './programs/remote-access.ts'
import samba from './programs/samba.ts'
import saslauthd from './programs/saslauthd.ts'
import sendmail from './programs/sendmail.ts'
import shadowUtils from './programs/shadow-utils.ts'
import sshd from './programs/sshd.ts'
import su from './programs/su.ts'
import sudo from './programs/sudo.ts'
import synology from './programs/synology.ts'
import telephony from './programs/telephony.ts'
import vsftpd from './programs/vsftpd.ts'
import webApps from './programs/web-apps.ts'
import webmin from './programs/webmin.ts'
import { DATED_WEB_FORMATS, WEB_FORMATS, webServerProgram } from './web/index.ts'

export const FORMATS: readonly FormatDeclaration[] = [
  syslogRfc3164,
  syslogWeekday,
  dockerJson,
  ...DATED_WEB_FORMATS,
  eximLog,
  macosLog,
  syslogRfc3339,
  syslogRfc5424,
  journaldJson,
  journaldExport,
  auditd,
  // Before the JSON of web servers, which have the same fields.
  appLogins,
  // Before the web's, which would take the name in front for the client's; lines that begin with an address pass by.
  dockerCompose,
  grep,
  ...WEB_FORMATS,
  syslogUnix,
  jsonMessage,
  opensshWindows,
  csv,
  prefixed,
  syslogLocalised,
  // What follows is asked last: services' own logs, and lines laid out otherwise than they were written.
  cefFormat,
  serviceLogs,
  serviceJson,
  grafana,
  lastLog,
  tabbed,
  localDates,
]

export const PROGRAMS: readonly ProgramDeclaration[] = [
  sshd,
  pam,
  sudo,
  su,
  dropbear,
  login,
  shadowUtils,
  polkit,
  vsftpd,
  proftpd,
  pureFtpd,
  ftpd,
  dovecot,
  postfix,
  courier,
  cyrus,
  sendmail,
  opensmtpd,
  exim,
  saslauthd,
  cockpit,
  webmin,
  proxmox,
  luci,
  synology,
  webServerProgram,
  webApps,
  databases,
  remoteAccess,
  samba,
  telephony,
  pfsense,
  cefProgram,
  cron,
  background,
]
