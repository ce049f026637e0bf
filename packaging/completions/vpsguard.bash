# Completions of vpsguard for bash, written by `npm run docs`; `vpsguard completion bash` prints the same.

_vpsguard_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_vpsguard_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }

_vpsguard() {
  local current=${COMP_WORDS[COMP_CWORD]} before='' path='' skip='' only_files='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    # bash parts --flag=value into three words.
    [[ $word == = ]] && continue
    if [[ -n $skip ]]; then skip=''; before=''; continue; fi
    before=''
    if [[ $word == -- ]]; then only_files=1; continue; fi
    case "$path $word" in
      ' -c'|' --config') skip=1; before="$path $word" ;;
      'analyze -c'|'analyze --config'|'analyze --input-format'|'analyze --since'|'analyze --until'|'analyze --year'|'analyze --timezone'|'analyze --unit'|'analyze -f'|'analyze --format'|'analyze -o'|'analyze --output'|'analyze --min-severity'|'analyze --fail-on'|'analyze --budget'|'analyze --model'|'analyze --seed'|'analyze --geoip') skip=1; before="$path $word" ;;
      'parse -c'|'parse --config'|'parse --input-format'|'parse --since'|'parse --until'|'parse --year'|'parse --timezone'|'parse --unit'|'parse -f'|'parse --format'|'parse -o'|'parse --output') skip=1; before="$path $word" ;;
      'watch -c'|'watch --config'|'watch --interval'|'watch --from'|'watch --log-format'|'watch --input-format'|'watch --unit'|'watch --year'|'watch --timezone'|'watch --budget'|'watch --model'|'watch --seed'|'watch --geoip'|'watch --metrics'|'watch --fail-on') skip=1; before="$path $word" ;;
      'train -c'|'train --config'|'train --input-format'|'train --since'|'train --until'|'train --year'|'train --timezone'|'train --unit'|'train --model'|'train --budget'|'train --seed') skip=1; before="$path $word" ;;
      'findings list -c'|'findings list --config'|'findings list --since'|'findings list --until'|'findings list --severity'|'findings list --rule'|'findings list --source'|'findings list --limit') skip=1; before="$path $word" ;;
      'findings show -c'|'findings show --config') skip=1; before="$path $word" ;;
      'findings explain -c'|'findings explain --config') skip=1; before="$path $word" ;;
      'incidents list -c'|'incidents list --config'|'incidents list --since'|'incidents list --severity'|'incidents list --limit') skip=1; before="$path $word" ;;
      'incidents show -c'|'incidents show --config') skip=1; before="$path $word" ;;
      'incidents timeline -c'|'incidents timeline --config') skip=1; before="$path $word" ;;
      'label -c'|'label --config'|'label --note'|'label --days'|'label --field') skip=1; before="$path $word" ;;
      'suppressions -c'|'suppressions --config'|'suppressions --remove') skip=1; before="$path $word" ;;
      'history -c'|'history --config') skip=1; before="$path $word" ;;
      'report -c'|'report --config'|'report --period'|'report -f'|'report --format'|'report -o'|'report --output'|'report --min-severity'|'report --fail-on') skip=1; before="$path $word" ;;
      'blocks list -c'|'blocks list --config'|'blocks list --state'|'blocks list --since'|'blocks list --limit') skip=1; before="$path $word" ;;
      'blocks add -c'|'blocks add --config'|'blocks add --minutes'|'blocks add --reason') skip=1; before="$path $word" ;;
      'blocks remove -c'|'blocks remove --config') skip=1; before="$path $word" ;;
      'blocks remove-all -c'|'blocks remove-all --config') skip=1; before="$path $word" ;;
      'blocks verify -c'|'blocks verify --config') skip=1; before="$path $word" ;;
      'blocks cleanup -c'|'blocks cleanup --config') skip=1; before="$path $word" ;;
      'blocks why -c'|'blocks why --config') skip=1; before="$path $word" ;;
      'blocks export -c'|'blocks export --config'|'blocks export -f'|'blocks export --format'|'blocks export --state'|'blocks export -o'|'blocks export --output') skip=1; before="$path $word" ;;
      'enforce -c'|'enforce --config') skip=1; before="$path $word" ;;
      'observe -c'|'observe --config') skip=1; before="$path $word" ;;
      'replay -c'|'replay --config'|'replay --input-format'|'replay --since'|'replay --until'|'replay --year'|'replay --timezone'|'replay --unit'|'replay --strategy'|'replay --budget'|'replay --model'|'replay --seed'|'replay --geoip') skip=1; before="$path $word" ;;
      'status -c'|'status --config') skip=1; before="$path $word" ;;
      'doctor -c'|'doctor --config') skip=1; before="$path $word" ;;
      'reload -c'|'reload --config') skip=1; before="$path $word" ;;
      'verify -c'|'verify --config'|'verify --head') skip=1; before="$path $word" ;;
      'storage stats -c'|'storage stats --config') skip=1; before="$path $word" ;;
      'storage prune -c'|'storage prune --config') skip=1; before="$path $word" ;;
      'storage vacuum -c'|'storage vacuum --config') skip=1; before="$path $word" ;;
      'storage clear -c'|'storage clear --config'|'storage clear --before') skip=1; before="$path $word" ;;
      'maintenance start -c'|'maintenance start --config'|'maintenance start --minutes'|'maintenance start --reason') skip=1; before="$path $word" ;;
      'maintenance status -c'|'maintenance status --config') skip=1; before="$path $word" ;;
      'maintenance end -c'|'maintenance end --config') skip=1; before="$path $word" ;;
      'notify test -c'|'notify test --config'|'notify test --channel') skip=1; before="$path $word" ;;
      'explain -c'|'explain --config') skip=1; before="$path $word" ;;
      'generate -c'|'generate --config'|'generate --entries'|'generate --attack-profile'|'generate --format'|'generate --start'|'generate --days'|'generate --seed'|'generate -o'|'generate --output'|'generate --truth') skip=1; before="$path $word" ;;
      'init -c'|'init --config') skip=1; before="$path $word" ;;
      'config validate -c'|'config validate --config') skip=1; before="$path $word" ;;
      'config show -c'|'config show --config') skip=1; before="$path $word" ;;
      'config print-default -c'|'config print-default --config') skip=1; before="$path $word" ;;
      'rules list -c'|'rules list --config') skip=1; before="$path $word" ;;
      'rules show -c'|'rules show --config') skip=1; before="$path $word" ;;
      'rules test -c'|'rules test --config') skip=1; before="$path $word" ;;
    esac
    case "$path $word" in
      ' analyze') path='analyze' ;;
      ' parse') path='parse' ;;
      ' watch') path='watch' ;;
      ' train') path='train' ;;
      ' findings') path='findings' ;;
      'findings list') path='findings list' ;;
      'findings show') path='findings show' ;;
      'findings explain') path='findings explain' ;;
      ' incidents') path='incidents' ;;
      'incidents list') path='incidents list' ;;
      'incidents show') path='incidents show' ;;
      'incidents timeline') path='incidents timeline' ;;
      ' label') path='label' ;;
      ' suppressions') path='suppressions' ;;
      ' history') path='history' ;;
      ' report') path='report' ;;
      ' blocks') path='blocks' ;;
      'blocks list') path='blocks list' ;;
      'blocks add') path='blocks add' ;;
      'blocks remove') path='blocks remove' ;;
      'blocks remove-all') path='blocks remove-all' ;;
      'blocks verify') path='blocks verify' ;;
      'blocks cleanup') path='blocks cleanup' ;;
      'blocks why') path='blocks why' ;;
      'blocks export') path='blocks export' ;;
      ' enforce') path='enforce' ;;
      ' observe') path='observe' ;;
      ' replay') path='replay' ;;
      ' status') path='status' ;;
      ' doctor') path='doctor' ;;
      ' reload') path='reload' ;;
      ' verify') path='verify' ;;
      ' storage') path='storage' ;;
      'storage stats') path='storage stats' ;;
      'storage prune') path='storage prune' ;;
      'storage vacuum') path='storage vacuum' ;;
      'storage clear') path='storage clear' ;;
      ' maintenance') path='maintenance' ;;
      'maintenance start') path='maintenance start' ;;
      'maintenance status') path='maintenance status' ;;
      'maintenance end') path='maintenance end' ;;
      ' notify') path='notify' ;;
      'notify test') path='notify test' ;;
      ' explain') path='explain' ;;
      ' generate') path='generate' ;;
      ' init') path='init' ;;
      ' config') path='config' ;;
      'config validate') path='config validate' ;;
      'config show') path='config show' ;;
      'config print-default') path='config print-default' ;;
      ' rules') path='rules' ;;
      'rules list') path='rules list' ;;
      'rules show') path='rules show' ;;
      'rules test') path='rules test' ;;
      ' completion') path='completion' ;;
    esac
  done
  [[ $current == = ]] && current=''
  if [[ -n $before ]]; then
    case "$before" in
      ' -c'|' --config') _vpsguard_files "$current" ;;
      'analyze -c'|'analyze --config') _vpsguard_files "$current" ;;
      'analyze --input-format') _vpsguard_words 'syslog-rfc3164 syslog-weekday docker-json aws-elb w3c litespeed-error exim macos-log syslog-rfc3339 syslog-rfc5424 journald-json journald-export auditd app-logins docker-compose grep combined common vhost-combined web-json nginx-error apache-error nginx-proxy-manager haproxy lighttpd-error uvicorn web-frameworks envoy squid syslog-unix json-message openssh-windows csv prefixed syslog-localised cef service-logs service-json grafana last tabbed local-dates' "$current" ;;
      'analyze -f'|'analyze --format') _vpsguard_words 'terminal json jsonl html markdown csv' "$current" ;;
      'analyze -o'|'analyze --output') _vpsguard_files "$current" ;;
      'analyze --min-severity') _vpsguard_words 'critical high medium low info' "$current" ;;
      'analyze --fail-on') _vpsguard_words 'critical high medium low info' "$current" ;;
      'analyze --model') _vpsguard_files "$current" ;;
      'analyze --geoip') _vpsguard_files "$current" ;;
      'parse -c'|'parse --config') _vpsguard_files "$current" ;;
      'parse --input-format') _vpsguard_words 'syslog-rfc3164 syslog-weekday docker-json aws-elb w3c litespeed-error exim macos-log syslog-rfc3339 syslog-rfc5424 journald-json journald-export auditd app-logins docker-compose grep combined common vhost-combined web-json nginx-error apache-error nginx-proxy-manager haproxy lighttpd-error uvicorn web-frameworks envoy squid syslog-unix json-message openssh-windows csv prefixed syslog-localised cef service-logs service-json grafana last tabbed local-dates' "$current" ;;
      'parse -f'|'parse --format') _vpsguard_words 'json csv table' "$current" ;;
      'parse -o'|'parse --output') _vpsguard_files "$current" ;;
      'watch -c'|'watch --config') _vpsguard_files "$current" ;;
      'watch --input-format') _vpsguard_words 'syslog-rfc3164 syslog-weekday docker-json aws-elb w3c litespeed-error exim macos-log syslog-rfc3339 syslog-rfc5424 journald-json journald-export auditd app-logins docker-compose grep combined common vhost-combined web-json nginx-error apache-error nginx-proxy-manager haproxy lighttpd-error uvicorn web-frameworks envoy squid syslog-unix json-message openssh-windows csv prefixed syslog-localised cef service-logs service-json grafana last tabbed local-dates' "$current" ;;
      'watch --model') _vpsguard_files "$current" ;;
      'watch --geoip') _vpsguard_files "$current" ;;
      'watch --fail-on') _vpsguard_words 'critical high medium low info' "$current" ;;
      'train -c'|'train --config') _vpsguard_files "$current" ;;
      'train --input-format') _vpsguard_words 'syslog-rfc3164 syslog-weekday docker-json aws-elb w3c litespeed-error exim macos-log syslog-rfc3339 syslog-rfc5424 journald-json journald-export auditd app-logins docker-compose grep combined common vhost-combined web-json nginx-error apache-error nginx-proxy-manager haproxy lighttpd-error uvicorn web-frameworks envoy squid syslog-unix json-message openssh-windows csv prefixed syslog-localised cef service-logs service-json grafana last tabbed local-dates' "$current" ;;
      'train --model') _vpsguard_files "$current" ;;
      'findings list -c'|'findings list --config') _vpsguard_files "$current" ;;
      'findings list --severity') _vpsguard_words 'critical high medium low info' "$current" ;;
      'findings show -c'|'findings show --config') _vpsguard_files "$current" ;;
      'findings explain -c'|'findings explain --config') _vpsguard_files "$current" ;;
      'incidents list -c'|'incidents list --config') _vpsguard_files "$current" ;;
      'incidents list --severity') _vpsguard_words 'critical high medium low info' "$current" ;;
      'incidents show -c'|'incidents show --config') _vpsguard_files "$current" ;;
      'incidents timeline -c'|'incidents timeline --config') _vpsguard_files "$current" ;;
      'label -c'|'label --config') _vpsguard_files "$current" ;;
      'label --field') _vpsguard_words 'source user path' "$current" ;;
      'suppressions -c'|'suppressions --config') _vpsguard_files "$current" ;;
      'history -c'|'history --config') _vpsguard_files "$current" ;;
      'report -c'|'report --config') _vpsguard_files "$current" ;;
      'report --period') _vpsguard_words 'today last24h week' "$current" ;;
      'report -o'|'report --output') _vpsguard_files "$current" ;;
      'report --min-severity') _vpsguard_words 'critical high medium low info' "$current" ;;
      'report --fail-on') _vpsguard_words 'critical high medium low info' "$current" ;;
      'blocks list -c'|'blocks list --config') _vpsguard_files "$current" ;;
      'blocks list --state') _vpsguard_words 'active observed expired removed failed all' "$current" ;;
      'blocks add -c'|'blocks add --config') _vpsguard_files "$current" ;;
      'blocks remove -c'|'blocks remove --config') _vpsguard_files "$current" ;;
      'blocks remove-all -c'|'blocks remove-all --config') _vpsguard_files "$current" ;;
      'blocks verify -c'|'blocks verify --config') _vpsguard_files "$current" ;;
      'blocks cleanup -c'|'blocks cleanup --config') _vpsguard_files "$current" ;;
      'blocks why -c'|'blocks why --config') _vpsguard_files "$current" ;;
      'blocks export -c'|'blocks export --config') _vpsguard_files "$current" ;;
      'blocks export -f'|'blocks export --format') _vpsguard_words 'nft iptables nginx apache htaccess hosts-deny fail2ban csv' "$current" ;;
      'blocks export --state') _vpsguard_words 'active observed expired removed failed all' "$current" ;;
      'blocks export -o'|'blocks export --output') _vpsguard_files "$current" ;;
      'enforce -c'|'enforce --config') _vpsguard_files "$current" ;;
      'observe -c'|'observe --config') _vpsguard_files "$current" ;;
      'replay -c'|'replay --config') _vpsguard_files "$current" ;;
      'replay --input-format') _vpsguard_words 'syslog-rfc3164 syslog-weekday docker-json aws-elb w3c litespeed-error exim macos-log syslog-rfc3339 syslog-rfc5424 journald-json journald-export auditd app-logins docker-compose grep combined common vhost-combined web-json nginx-error apache-error nginx-proxy-manager haproxy lighttpd-error uvicorn web-frameworks envoy squid syslog-unix json-message openssh-windows csv prefixed syslog-localised cef service-logs service-json grafana last tabbed local-dates' "$current" ;;
      'replay --model') _vpsguard_files "$current" ;;
      'replay --geoip') _vpsguard_files "$current" ;;
      'status -c'|'status --config') _vpsguard_files "$current" ;;
      'doctor -c'|'doctor --config') _vpsguard_files "$current" ;;
      'reload -c'|'reload --config') _vpsguard_files "$current" ;;
      'verify -c'|'verify --config') _vpsguard_files "$current" ;;
      'storage stats -c'|'storage stats --config') _vpsguard_files "$current" ;;
      'storage prune -c'|'storage prune --config') _vpsguard_files "$current" ;;
      'storage vacuum -c'|'storage vacuum --config') _vpsguard_files "$current" ;;
      'storage clear -c'|'storage clear --config') _vpsguard_files "$current" ;;
      'maintenance start -c'|'maintenance start --config') _vpsguard_files "$current" ;;
      'maintenance status -c'|'maintenance status --config') _vpsguard_files "$current" ;;
      'maintenance end -c'|'maintenance end --config') _vpsguard_files "$current" ;;
      'notify test -c'|'notify test --config') _vpsguard_files "$current" ;;
      'explain -c'|'explain --config') _vpsguard_files "$current" ;;
      'generate -c'|'generate --config') _vpsguard_files "$current" ;;
      'generate --format') _vpsguard_words 'auth secure syslog-rfc3339 syslog-rfc5424 journald-json nginx apache apache-vhost web-json caddy-json' "$current" ;;
      'generate -o'|'generate --output') _vpsguard_files "$current" ;;
      'generate --truth') _vpsguard_files "$current" ;;
      'init -c'|'init --config') _vpsguard_files "$current" ;;
      'config validate -c'|'config validate --config') _vpsguard_files "$current" ;;
      'config show -c'|'config show --config') _vpsguard_files "$current" ;;
      'config print-default -c'|'config print-default --config') _vpsguard_files "$current" ;;
      'rules list -c'|'rules list --config') _vpsguard_files "$current" ;;
      'rules show -c'|'rules show --config') _vpsguard_files "$current" ;;
      'rules test -c'|'rules test --config') _vpsguard_files "$current" ;;
    esac
    return
  fi
  if [[ $current == -* && -z $only_files ]]; then
    case "$path" in
      '') _vpsguard_words '-V --version -c --config -q --quiet --no-color -h --help' "$current" ;;
      'analyze') _vpsguard_words '-c --config -q --quiet --no-color --input-format --rotated --since --until --year --timezone --journal --unit -f --format --json -o --output -v --verbose --redact --min-severity --fail-on --rules-only --ml-only --budget --model --seed --geoip -h --help' "$current" ;;
      'parse') _vpsguard_words '-c --config -q --quiet --no-color --input-format --rotated --since --until --year --timezone --journal --unit -f --format --json --stats --formats -o --output -h --help' "$current" ;;
      'watch') _vpsguard_words '-c --config -q --quiet --no-color --once --interval --from --json --log-format --input-format --journal --unit --year --timezone --rules-only --budget --model --seed --geoip --metrics --fail-on -h --help' "$current" ;;
      'train') _vpsguard_words '-c --config -q --quiet --no-color --input-format --rotated --since --until --year --timezone --journal --unit --model --check --shadow --take-over --json --budget --seed -h --help' "$current" ;;
      'findings') _vpsguard_words '-h --help' "$current" ;;
      'findings list') _vpsguard_words '-c --config -q --quiet --no-color --since --until --severity --rule --source --all --limit --json -h --help' "$current" ;;
      'findings show') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'findings explain') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'incidents') _vpsguard_words '-h --help' "$current" ;;
      'incidents list') _vpsguard_words '-c --config -q --quiet --no-color --json --since --severity --limit -h --help' "$current" ;;
      'incidents show') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'incidents timeline') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'label') _vpsguard_words '-c --config -q --quiet --no-color --json --note --suppress --days --field -h --help' "$current" ;;
      'suppressions') _vpsguard_words '-c --config -q --quiet --no-color --json --remove -h --help' "$current" ;;
      'history') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'report') _vpsguard_words '-c --config -q --quiet --no-color --json --period -f --format -o --output -v --verbose --redact --min-severity --fail-on -h --help' "$current" ;;
      'blocks') _vpsguard_words '-h --help' "$current" ;;
      'blocks list') _vpsguard_words '-c --config -q --quiet --no-color --json --state --since --limit -h --help' "$current" ;;
      'blocks add') _vpsguard_words '-c --config -q --quiet --no-color --json --minutes --permanent --reason -h --help' "$current" ;;
      'blocks remove') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'blocks remove-all') _vpsguard_words '-c --config -q --quiet --no-color --json --yes -h --help' "$current" ;;
      'blocks verify') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'blocks cleanup') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'blocks why') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'blocks export') _vpsguard_words '-c --config -q --quiet --no-color -f --format --state -o --output -h --help' "$current" ;;
      'enforce') _vpsguard_words '-c --config -q --quiet --no-color --json --confirm --observe --dry-run -h --help' "$current" ;;
      'observe') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'replay') _vpsguard_words '-c --config -q --quiet --no-color --input-format --rotated --since --until --year --timezone --journal --unit --strategy --rules-only --budget --model --seed --geoip -v --verbose --json -h --help' "$current" ;;
      'status') _vpsguard_words '-c --config -q --quiet --no-color --json --check -h --help' "$current" ;;
      'doctor') _vpsguard_words '-c --config -q --quiet --no-color --json --online -h --help' "$current" ;;
      'reload') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'verify') _vpsguard_words '-c --config -q --quiet --no-color --json --head -h --help' "$current" ;;
      'storage') _vpsguard_words '-h --help' "$current" ;;
      'storage stats') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'storage prune') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'storage vacuum') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'storage clear') _vpsguard_words '-c --config -q --quiet --no-color --json --before --yes -h --help' "$current" ;;
      'maintenance') _vpsguard_words '-h --help' "$current" ;;
      'maintenance start') _vpsguard_words '-c --config -q --quiet --no-color --json --minutes --reason -h --help' "$current" ;;
      'maintenance status') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'maintenance end') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'notify') _vpsguard_words '-h --help' "$current" ;;
      'notify test') _vpsguard_words '-c --config -q --quiet --no-color --json --channel -h --help' "$current" ;;
      'explain') _vpsguard_words '-c --config -q --quiet --no-color -h --help' "$current" ;;
      'generate') _vpsguard_words '-c --config -q --quiet --no-color --entries --attack-profile --format --start --days --seed -o --output --truth -h --help' "$current" ;;
      'init') _vpsguard_words '-c --config -q --quiet --no-color --force -h --help' "$current" ;;
      'config') _vpsguard_words '-h --help' "$current" ;;
      'config validate') _vpsguard_words '-c --config -q --quiet --no-color -h --help' "$current" ;;
      'config show') _vpsguard_words '-c --config -q --quiet --no-color -h --help' "$current" ;;
      'config print-default') _vpsguard_words '-c --config -q --quiet --no-color -h --help' "$current" ;;
      'rules') _vpsguard_words '-h --help' "$current" ;;
      'rules list') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'rules show') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'rules test') _vpsguard_words '-c --config -q --quiet --no-color --json -h --help' "$current" ;;
      'completion') _vpsguard_words '-h --help' "$current" ;;
    esac
    return
  fi
  case "$path" in
    '') _vpsguard_words 'analyze parse watch train findings incidents label suppressions history report blocks enforce observe replay status doctor reload verify storage maintenance notify explain generate init config rules completion' "$current" ;;
    'analyze') _vpsguard_files "$current" ;;
    'parse') _vpsguard_files "$current" ;;
    'watch') _vpsguard_files "$current" ;;
    'train') _vpsguard_files "$current" ;;
    'findings') _vpsguard_words 'list show explain' "$current" ;;
    'incidents') _vpsguard_words 'list show timeline' "$current" ;;
    'label') _vpsguard_words 'fp tp' "$current" ;;
    'blocks') _vpsguard_words 'list add remove remove-all verify cleanup why export' "$current" ;;
    'replay') _vpsguard_files "$current" ;;
    'storage') _vpsguard_words 'stats prune vacuum clear' "$current" ;;
    'maintenance') _vpsguard_words 'start status end' "$current" ;;
    'notify') _vpsguard_words 'test' "$current" ;;
    'explain') _vpsguard_files "$current" ;;
    'init') _vpsguard_files "$current" ;;
    'config') _vpsguard_words 'validate show print-default' "$current" ;;
    'config validate') _vpsguard_files "$current" ;;
    'config show') _vpsguard_files "$current" ;;
    'config print-default') _vpsguard_files "$current" ;;
    'rules') _vpsguard_words 'list show test' "$current" ;;
    'rules show') _vpsguard_words 'breach-detection brute-force slow-brute-force invalid-user-spray credential-stuffing cross-service ssh-scan root-login password-login-on-key-host new-source-for-user geo-velocity quiet-hours sudo-failures account-created account-made-admin log-gap blacklisted-source web-probe web-scan web-login-brute-force web-scanner-agent web-filter web-flood web-wordpress open-proxy-probe web-protocol-abuse agent-rotation' "$current" ;;
    'rules test') _vpsguard_words 'breach-detection brute-force slow-brute-force invalid-user-spray credential-stuffing cross-service ssh-scan root-login password-login-on-key-host new-source-for-user geo-velocity quiet-hours sudo-failures account-created account-made-admin log-gap blacklisted-source web-probe web-scan web-login-brute-force web-scanner-agent web-filter web-flood web-wordpress open-proxy-probe web-protocol-abuse agent-rotation' "$current" ;;
    'completion') _vpsguard_words 'bash zsh fish' "$current" ;;
  esac
}

complete -F _vpsguard vpsguard vpg
