/** The generated site: a small company's pages, blog and shop, behind one web server. */
import type { Random } from '../../core/random.ts'
import type { Weighted } from '../draw.ts'
import { chance, hexText, logUniform, pick, whole, zipf } from '../draw.ts'

export interface Page {
  readonly path: string
  readonly bytes: number
  /** Pictures that only this page shows. */
  readonly images: readonly Asset[]
}

interface Asset {
  readonly path: string
  readonly bytes: number
}

interface Login {
  readonly path: string
  readonly formBytes: number
  /** How the site answers a wrong password. */
  readonly failed: number
}

export interface Site {
  readonly name: string
  readonly pages: Weighted<Page>
  /** Style sheets and scripts that every page needs. */
  readonly common: readonly Asset[]
  readonly login: Login
  readonly feed: Asset
  readonly missingBytes: number
  readonly deniedBytes: number
  /** Asked by the pages themselves, every few seconds. */
  readonly api: string
  readonly wordpress: boolean
}

const TOPICS = [
  'autumn-catalogue',
  'how-we-roast',
  'opening-hours',
  'moving-to-a-new-office',
  'a-guide-to-espresso-grinders',
  'year-in-review',
  'shipping-to-islands',
  'our-team',
  'cleaning-your-machine',
  'why-water-matters',
  'green-beans',
  'new-blend',
  'christmas-hours',
  'office-coffee',
  'latte-art-workshop',
  'meet-the-farmers',
  'storage-tips',
  'cold-brew-at-home',
  'filter-or-french-press',
  'faq',
  'subscription-changes',
  'a-visit-to-huila',
  'tasting-notes',
  'paper-filters',
  'milk-alternatives',
  'decaf-without-regret',
]
const PLAIN = ['/', '/about/', '/contact/', '/shop/', '/blog/', '/imprint/', '/privacy/', '/terms/']

/**
 * A site of which everything that is drawn (a WordPress in three of five, sizes in bytes) stays the same for the
 * whole log, so that one page always has one size.
 */
export function createSite(random: Random, name: string): Site {
  const wordpress = chance(random, 0.6)
  const uploads = wordpress ? '/wp-content/uploads/2026/01' : '/static/img'
  const page = (path: string): Page => ({
    path,
    bytes: Math.round(logUniform(random, 6_000, 60_000)),
    images: Array.from({ length: whole(random, 0, 4) }, (_, index) => ({
      path: `${uploads}/${path.replaceAll('/', '') || 'home'}-${index + 1}.${pick(random, ['jpg', 'jpg', 'webp', 'png', 'svg'])}`,
      bytes: Math.round(logUniform(random, 8_000, 300_000)),
    })),
  })
  const paths = [...PLAIN, ...TOPICS.map(topic => (chance(random, 0.4) ? `/shop/${topic}/` : `/blog/${topic}/`))]
  const version = hexText(random, 8)
  const asset = (path: string, low: number, high: number): Asset => ({
    path,
    bytes: Math.round(logUniform(random, low, high)),
  })
  const common = wordpress
    ? [
        asset('/wp-content/themes/cup/style.css?ver=6.7.1', 9_000, 40_000),
        asset('/wp-includes/css/dist/block-library/style.min.css?ver=6.7.1', 10_000, 20_000),
        asset('/wp-includes/js/jquery/jquery.min.js?ver=3.7.1', 30_000, 31_000),
        asset('/wp-content/themes/cup/logo.svg', 1_500, 4_000),
      ]
    : [
        asset(`/static/app.${version}.css`, 9_000, 40_000),
        asset(`/static/app.${version}.js`, 40_000, 180_000),
        asset('/static/logo.svg', 1_500, 4_000),
      ]
  return {
    name,
    pages: zipf(paths.map(page), 0.9, 1),
    common,
    login: wordpress
      ? { path: '/wp-login.php', formBytes: whole(random, 2_400, 3_100), failed: 200 }
      : { path: '/login', formBytes: whole(random, 3_000, 6_000), failed: 401 },
    feed: asset(wordpress ? '/feed/' : '/feed.xml', 9_000, 30_000),
    missingBytes: whole(random, 140, 170),
    deniedBytes: whole(random, 140, 170),
    api: wordpress ? '/wp-admin/admin-ajax.php' : '/api/cart',
    wordpress,
  }
}
