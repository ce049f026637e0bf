import { defineProgram } from '../../kit/define-parser.ts'
import { textProgram } from '../support/text-program.ts'

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}`

/** Programs known to say nothing of logins in the logs we read, so that a system log does not count as half unknown. */
export default defineProgram({
  id: 'background',
  title: 'The system around: init, kernel, network, time, packages',
  programs: [
    'systemd', '(systemd)', 'systemd-journald', 'systemd-networkd', 'systemd-resolved', 'systemd-timesyncd', 'systemd-udevd', 'systemd-sysctl',
    'systemd-fsck', 'systemd-tmpfiles', 'systemd-modules-load', 'systemd-user-sessions', 'systemd-coredump', 'systemd-oomd', '(sd-pam)', 'kernel',
    'init', 'rsyslogd', 'syslogd', 'syslog-ng', 'journal', 'dbus', 'dbus-daemon', 'dbus-broker', 'networkmanager', 'dhclient', 'dhcpcd', 'dhcpd',
    'ntpd', 'chronyd', 'snapd', 'packagekitd', 'unattended-upgrade', 'apt', 'apt.systemd.daily', 'dpkg', 'yum', 'dnf', 'auditd', 'audispd', 'multipathd',
    'irqbalance', 'smartd', 'acpid', 'udisksd', 'modemmanager', 'accounts-daemon', 'avahi-daemon', 'cloud-init', 'containerd', 'dockerd', 'fail2ban',
    'fail2ban.actions', 'fail2ban.filter', 'logrotate', 'mtp-probe', 'thermald', 'rtkit-daemon', 'wpa_supplicant', 'firewalld', 'ufw', 'netplan',
    'rngd', 'agetty', 'getty', 'sm-mta', 'sendmail', 'exim', 'named', 'unbound', 'dnsmasq', 'hostapd', 'netifd', 'procd', 'odhcpd', 'google_guest_agent',
    'googleguestagent', 'gcewindowsagent', 'oseventsagent', 'amazon-ssm-agent', 'walinuxagent', 'qemu-ga', 'filebeat', 'telegraf', 'zabbix_agentd',
  ],
  parse: textProgram({ read: () => undefined }),
  samples: [
    { line: `${at('systemd[1]:')} Started OpenBSD Secure Shell server.`, is: 'irrelevant' },
    { line: `${at('systemd:')} pam_unix(systemd-user:session): session opened for user alice(uid=1000) by (uid=0)`, is: 'irrelevant' },
    { line: `${at('kernel:')} [    0.000000] Linux version 6.8.0`, is: 'irrelevant' },
    { line: `${at('(systemd):')} pam_unix(systemd-user:session): session opened for user alice(uid=1000) by (uid=0)`, is: 'irrelevant' },
  ],
})
