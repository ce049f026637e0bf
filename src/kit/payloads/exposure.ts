/** Files that should never be served: settings, repositories, keys, backups. */
import { definePayload } from './define-payload.ts'

/**
 * Where forges (GitLab, Gitea, cgit ...) show the files of their repositories, which is what they are for: an
 * `.env.example` or a `docker-compose.yml` there is read by visitors and crawlers, and lies in no document root.
 */
const BROWSED =
  /[^/]\/(?:-\/(?:blob|raw|tree|blame|commits|edit)|(?:src|raw|blame|media|commits|rss)\/(?:branch|commit|tag)|(?:blob|raw|tree|blame|commits)\/[^/]+|repos\/[^/]+\/(?:browse|raw))\/|\.git\/(?:tree|plain|blame|blob|log)\//

/** Whether the path leads into a repository as a forge shows it, and not out of it again. */
const isBrowsed = (path: string): boolean => BROWSED.test(path) && !path.includes('..')

const ENV =
  /^\.env(?:$|[._-](?:local|prod|production|dev|development|devel|staging|stage|stag|test|testing|qa|uat|ci|backup|bak|back|old|orig|original|save|saved|copy|example|sample|dist|default|live|remote|docker|www|web|app|api|admin|aws|db|mail|swp|txt|zip|tar|gz|json|yml|yaml|php|ini|conf|enc|vault|tmp|temp|\d{1,8})(?:[._-]\w{1,12})?$|~$|\d$|\.$)/

export const envFile = definePayload({
  id: 'env_file',
  title: 'Environment file with secrets',
  severity: 'high',
  exploit: false,
  technique: 'T1552.001',
  target: ({ last, segments, path }) =>
    (ENV.test(last) ||
      /^(?:prod|production|dev|staging|local|config|app|laravel|docker|api|backend|server|web|live)?\.env$/.test(
        last,
      ) ||
      (path.endsWith('/') && segments.at(-1) === '.env')) &&
    !isBrowsed(path),
  fires: [
    'GET /.env',
    'GET /.env%20',
    'GET /.env;.js',
    'GET /app/.env.production',
    'GET /.env.bak',
    'GET /%2eenv',
    'GET /api/prod.env',
    'GET /.ENV?x=1',
    'GET /team/app/raw/branch/main/../../../../../.env',
    'GET /src/branch/.env',
    'GET /.env~',
  ],
  quiet: [
    'GET /team/app/src/branch/main/.env.example',
    'GET /group/team/app/-/blob/main/docker/.env',
    'GET /app.envelope.js',
    'GET /.environment',
    'GET /docs/env',
    'GET /.envoy/config',
    'GET /environment.js',
    'GET /a?file=.env.md',
  ],
})

export const gitExposure = definePayload({
  id: 'git_exposure',
  title: 'Repository inside the document root',
  severity: 'high',
  exploit: false,
  technique: 'T1213',
  target: ({ segments, last, path }) =>
    segments.some(segment => /^\.(?:git|svn|hg|bzr)$/.test(segment)) ||
    (/^\.git(?:-credentials|config|modules)$/.test(last) && !isBrowsed(path)) ||
    (/^(?:entries|root)$/.test(last) && segments.at(-2) === 'cvs'),
  fires: [
    'GET /.git/config',
    'GET /app/.git/HEAD',
    'GET /.svn/entries',
    'GET /%2egit/index',
    'GET /.git-credentials',
    'GET /.git',
  ],
  quiet: [
    'GET /.github/workflows/ci.yml',
    'GET /project.git/info/refs?service=git-upload-pack',
    'GET /team/app/blob/main/.gitmodules',
    'GET /.gitbook/a',
    'GET /git/config',
    'GET /.gitignore.html',
  ],
})

/** Files of keys, passwords and settings. */
const KEY_FILES_NAMES = [
  'id_(?:rsa|dsa|ecdsa|ed25519)',
  String.raw`\.htpasswd`,
  String.raw`\.npmrc`,
  String.raw`\.pypirc`,
  String.raw`\.netrc`,
  String.raw`\.pgpass`,
  String.raw`\.my\.cnf`,
  String.raw`\.dockercfg`,
  String.raw`\.s3cfg`,
  String.raw`\.boto`,
  String.raw`\.bash_history`,
  String.raw`\.zsh_history`,
  String.raw`\.mysql_history`,
  String.raw`\.psql_history`,
  String.raw`\.ds_store`,
  String.raw`\.ftpconfig`,
  String.raw`sftp-config\.json`,
  String.raw`wp-config\.php`,
  String.raw`wp-config\.(?:inc|txt|old|bak|php\.txt)`,
  String.raw`web\.config`,
  String.raw`appsettings\.json`,
  String.raw`secrets\.(?:yml|yaml|json)`,
  String.raw`credentials\.(?:json|xml|csv)`,
  String.raw`database\.yml`,
  String.raw`parameters\.yml`,
  String.raw`localsettings\.php`,
  String.raw`service-?account\.json`,
  String.raw`terraform\.tfstate`,
  String.raw`docker-compose\.ya?ml`,
  String.raw`\.travis\.yml`,
  String.raw`\.gitlab-ci\.yml`,
  String.raw`server\.key`,
  String.raw`privatekey\.(?:pem|key)`,
  String.raw`\.passwd`,
  String.raw`\.user\.ini`,
  String.raw`\.rediscli_history`,
  String.raw`configuration\.php-dist`,
]
const KEYS = new RegExp(`^(?:${KEY_FILES_NAMES.join('|')})$`)
const FOLDERS = /^\.(?:aws|ssh|docker|kube|vscode|idea|azure|gnupg|config\/gcloud|circleci)$/

export const secretFile = definePayload({
  id: 'secret_file',
  title: 'Keys and settings files',
  severity: 'high',
  exploit: false,
  technique: 'T1552.001',
  target: ({ segments, last, path }) =>
    (KEYS.test(last) || segments.some(segment => FOLDERS.test(segment))) && !isBrowsed(path),
  fires: [
    'GET /.aws/credentials',
    'GET /id_rsa',
    'GET /.ssh/authorized_keys',
    'GET /wp-config.php',
    'GET /.DS_Store',
    'GET /.vscode/sftp.json',
    'GET /config/database.yml',
    'GET /.htpasswd',
  ],
  quiet: [
    'GET /team/app/-/raw/v1.2/docker-compose.yml',
    'GET /team/app/blob/main/.vscode/settings.json',
    'GET /projects/T/repos/app/browse/config/database.yml',
    'GET /app.git/plain/.travis.yml',
    'GET /aws/credentials',
    'GET /docs/id_rsa.html',
    'GET /blog/ssh-keys',
    'GET /.well-known/security.txt',
    'GET /config.js',
  ],
})

const COPY =
  /\.(?:php\d?|phtml|aspx?|jsp|conf|config|cfg|inc|env|ini|ya?ml|py|rb|cgi|pl|sh|htaccess)(?:\.(?:bak\d?|backup|old|orig|original|save|saved|swp|swo|copy|tmp|temp|dist|zip|\d)|~|_bak|_old)$|^\..{1,40}\.sw[op]$/
const DUMP = /\.(?:sql|mdb|sqlite3?|dump)(?:\.(?:gz|zip|bz2|xz|7z|tar\.gz|tgz|rar))?$/
const ARCHIVE =
  /^(?:backups?|bak|dump|db|database|www|wwwroot|web_?root|website|public_html|htdocs|sql|mysql|db_?backup|site_?backup|old_?site|full_?backup|home|wordpress|wp)[-_.\d]{0,12}\.(?:zip|tar|tar\.gz|tgz|tar\.bz2|rar|7z|gz|bak|sql)$/

export const backupFile = definePayload({
  id: 'backup_file',
  title: 'Backups and database dumps',
  severity: 'high',
  exploit: false,
  technique: 'T1083',
  target: ({ last, segments, path }) =>
    (COPY.test(last) || DUMP.test(last) || (segments.length <= 2 && ARCHIVE.test(last))) && !isBrowsed(path),
  fires: [
    'GET /wp-config.php~',
    'GET /index.php.bak',
    'GET /backup.zip',
    'GET /db.sql.gz',
    'GET /.index.php.swp',
    'GET /www.tar.gz',
    'GET /dump.sql',
  ],
  quiet: [
    'GET /files/project-1.2.tar.gz',
    'GET /a.html',
    'GET /download/data.zip',
    'GET /docs/backup',
    'GET /sql/',
    'GET /backup-guide.pdf',
    'GET /misc/title.php.txt',
  ],
})
