import { DAY } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, blockSources } from '../kit/recommend.ts'
import { accessLine } from './support/web.ts'
import { listed, many, within } from './support/words.ts'

/** Tools that attack. */
const TOOLS = new RegExp(
  'sqlmap|nikto|nmap scripting|nuclei|gobuster|dirbuster|dirsearch|feroxbuster|fuzz faster|wfuzz|wpscan|acunetix|netsparker|invicti|nessus|' +
    'openvas|w3af|havij|arachni|whatweb|skipfish|joomscan|droopescan|commix|xsstrike|jaeles|zmeu|morfeus|muieblackcat|jorgee|masscan(?!-)|' +
    'hydra\\b|medusa\\b|brutus|hello,? world|r00ts3c|libredtail|xfa1|l9explore|l9tcpid|chopper|antsword|behinder|burpcollaborator|' +
    'interactsh|qualys was|rapid7 insight|appscan|webinspect|vega/|golismero|owasp zap|zaproxy|blackwidow|bsqlbf|absinthe|pangolin|' +
    'wapiti|fimap|sqlninja|ghauri|webshag|whatwaf|wprecon|wpprobe|cmsmap|jbrofuzz|nettacker|\\bxsser\\b|sstimap|tplmap|dotdotpwn|shortscan|kadimus|lfisuite|lfimap|' +
    'libwhisker|ironwasp|n-stalker|dalfox|muhstik|mozlila|tsunamisecurityscanner|httpx - open-source',
  'i',
)

/** Surveys of the whole Internet: they say who they are, and do not attack. */
const SURVEYS =
  /zgrab|censysinspect|expanse|paloaltonetworks|shodan|internetmeasurement|internet-measurement|binaryedge|shadowserver|modatscanner|netsystemsresearch|project25499|leakix|onyphe|ipip\.net|odin; https|getodin|criminalip|fofa|netcraftsurvey|zoomeye|masscan-ng|nmap-like|visionheight|genomecrawler/i

export default defineRule({
  id: 'web-scanner-agent',
  title: 'A scanner that says its name',
  severity: 'medium',
  confidence: 0.95,
  techniques: ['T1595.002'],
  description:
    'Knows the user agents of attack tools and of surveys of the whole Internet. Surveys are told as information only. A ' +
    'tool that hides its name is a matter for the other rules.',
  on: ['web.request'],
  options: {},
  detect: (_options, { state }) => {
    const told = state.memory<string>('told', { keep: DAY, cap: 50_000 })
    const known = new Map<string, string>()
    const nameOf = (agent: string): string => {
      let name = known.get(agent)
      if (name === undefined) {
        if (known.size > 4000) known.clear()
        const short = agent.slice(0, 512)
        const tool = TOOLS.exec(short)?.[0]
        name = tool ?? SURVEYS.exec(short)?.[0] ?? ''
        if (tool === undefined && name !== '') name = `survey ${name}`
        known.set(agent, name)
      }
      return name
    }
    return {
      observe(event, raise) {
        const { agent, source, time } = event
        if (agent === undefined || source < 0) return
        const name = nameOf(agent)
        if (name === '') return
        const before = told.get(source, time)
        // A source that has once used a tool is a tool's source, whatever survey it imitates next.
        const tool = before !== undefined && !before.startsWith('survey ') ? before : name
        told.set(source, tool, time)
        raise.hit(source, event, { facts: { tool } })
      },
    }
  },
  explain: (story, _options, host) => {
    const tool = String(story.facts.tool ?? '')
    const survey = tool.startsWith('survey ')
    const name = survey ? tool.slice('survey '.length) : tool
    return {
      title: survey
        ? `A survey of the Internet (${listed([name])}) from ${story.sources[0] ?? 'one source'}`
        : `The scanner ${listed([name])} used from ${story.sources[0] ?? 'one source'}`,
      ...(survey ? { severity: 'info' as const } : {}),
      reasons: [
        {
          text: `${many(story.count, 'request')}${within(story)} with the user agent of ${listed([name])}`,
          feature: 'user_agent',
          observed: name,
          expected: 'browsers, crawlers, clients of an API',
        },
      ],
      recommendations: survey
        ? [advise('Surveys publish how to be left out of them; blocking is not needed.')]
        : blockSources(story.sources, host),
    }
  },
  examples: () => ({
    fires: [
      {
        name: 'sqlmap',
        lines: [accessLine('/item?id=1', { agent: 'sqlmap/1.8.2#stable (https://sqlmap.org)' })],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'a botnet that names itself',
        lines: [accessLine('/', { agent: 'muhstik-scan/1.0' })],
        accuses: ['203.0.113.7'],
        severity: 'medium',
      },
      {
        name: 'a survey',
        lines: [accessLine('/', { agent: 'Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)' })],
        severity: 'info',
      },
    ],
    quiet: [
      { name: 'a browser', lines: [accessLine('/')] },
      {
        name: 'clients and crawlers',
        lines: [
          'curl/8.5.0',
          'python-requests/2.31',
          'Mozilla/5.0 (compatible; ExampleBot/2.1; +https://bot.example/)',
          'Hydrangea Reader 1.0',
          'python-httpx/0.27.0',
        ].map(agent => accessLine('/', { agent })),
      },
    ],
  }),
  falsePositives: ['Your own security scan.'],
})
