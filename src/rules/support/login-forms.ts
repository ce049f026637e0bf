/** Forms and doors that names and passwords are sent to, and what their answers mean. */
import { DAY } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { Memory, State } from '../../kit/state/index.ts'

/** Where forms send names and passwords: the end of a path. */
const FORMS = [
  'login',
  'log-in',
  'log_in',
  'signin',
  'sign-in',
  'sign_in',
  'logon',
  'authenticate',
  'authentication',
  'auth',
  'sessions?',
  'token',
  'j_security_check',
  'j_spring_security_check',
  'login_form',
  'do_?login',
  'login_?check',
  'password',
  'user_login',
]
/** Where products of the day have them: shops, webmail, panels, media servers. */
const PRODUCTS = [
  String.raw`wp-login\.php`,
  String.raw`administrator/index\.php`,
  String.raw`owa/auth\.owa`,
  'access/ticket',
  'cmd_login',
  String.raw`login_up\.php`,
  String.raw`session_login\.cgi`,
  'loginpost',
  'login_flow/[0-9a-f]{32}',
  'cgi-bin/luci',
  'sogo/connect',
  'users/authenticatebyname',
  'my-account',
  'zimbra',
  String.raw`member\.php`,
]
const FILES = [...PRODUCTS, `(?:${FORMS.join('|')})${String.raw`(?:\.(?:php|aspx?|jsp|do|action|html?|cgi|json))?`}`]
const LOGIN = new RegExp(`/(?:${FILES.join('|')})/?$`, 'i')
/** Applications with one page for everything say in the query what is sent. */
const LOGIN_QUERY =
  /(?:^|&)(?:_task=login|login=yes|(?:mode|do|act)=login|action=login2?|controller=adminlogin|title=[^&]{1,20}(?::|%3a)userlogin)(?:&|$)/i
/** phpMyAdmin: its first page; what its users send has a route. */
const DATABASE = /\/(?:phpmyadmin|pma)\/(?:index\.php)?$/i
const FIRST_ROUTE = /^route=(?:\/|%2f)(?:&|$)/i
/** Doors of programs: they get their token by an answer of 200, again and again. */
const TOKEN = /\/token\/?$/i
/** What programs call, and pages by script: an answer of 200 is no form that is shown again. */
const INTERFACE =
  /\/(?:api|rest|oauth2?|graphql|v\d{1,2})\/|\/(?:access\/ticket|login_flow\/\w+|sogo\/connect|users\/authenticatebyname)\/?$/i

const LONGEST = 200
const MOST_PATHS = 2000

/** What a path says of what is posted there; `database`: the first page of one that has one page for everything. */
type Door = 'login' | 'database' | 'other'

/** `unclear`: either, as far as the log tells. */
export type LoginAnswer = 'refused' | 'unclear' | 'let-in' | 'none'

const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 422, 423, 429])

/** Reads the answers of login forms; learns from what each of them says to whom it refuses. */
export class LoginForms {
  readonly #doors = new Map<string, Door>()
  /** Paths that refused by 401 or 422, which no stranger can make a form do that shows itself again. */
  readonly #refusing: Memory<true>

  constructor(state: State) {
    this.#refusing = state.memory('refusing-paths', { keep: 30 * DAY, cap: MOST_PATHS })
  }

  /** Whether what is posted there is a name and a password. */
  isLogin(path: string, query: string | undefined): boolean {
    const door = this.#doorOf(path)
    if (door === 'database') return query === undefined || FIRST_ROUTE.test(query)
    return door === 'login' || (query !== undefined && LOGIN_QUERY.test(query))
  }

  #doorOf(path: string): Door {
    let door = this.#doors.get(path)
    if (door === undefined) {
      if (this.#doors.size > MOST_PATHS) this.#doors.clear()
      const isLogin = path.length < LONGEST && LOGIN.test(path)
      door = isLogin ? 'login' : DATABASE.test(path) ? 'database' : 'other'
      this.#doors.set(path, door)
    }
    return door
  }

  /** What became of a post to a login path. */
  answer({ status, time }: EventView, path: string): LoginAnswer {
    if (REFUSALS.has(status)) {
      if (status === 401 || status === 422) this.#refusing.set(path, true, time)
      return 'refused'
    }
    // A server that fails, for whoever asks, judges nobody.
    if (status >= 500) return 'none'
    if (status >= 300 && status < 400) return 'unclear'
    if (status > 200 && status < 300) return 'let-in'
    if (status !== 200) return 'refused'
    if (TOKEN.test(path) || this.#refusing.get(path, time) === true) return 'let-in'
    // A form that is shown again is an answer of 200; who got in is sent on.
    return INTERFACE.test(path) ? 'unclear' : 'refused'
  }
}
