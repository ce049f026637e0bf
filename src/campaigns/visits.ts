/** How a source behaves on the web site: pages against what a browser fetches with them. Two bytes a source. */
export class Visits {
  #pages = new Uint8Array(1024)
  #assets = new Uint8Array(1024)

  note(source: number, asset: boolean): void {
    if (source >= this.#pages.length) this.#grow(source)
    const counts = asset ? this.#assets : this.#pages
    if (counts[source] < 255) counts[source]++
  }

  /** Requests for pages, 255 at most. */
  pages(source: number): number {
    return source < this.#pages.length ? this.#pages[source] : 0
  }

  /** Requests for styles, scripts and pictures, 255 at most: a browser makes them, a script does not. */
  assets(source: number): number {
    return source < this.#assets.length ? this.#assets[source] : 0
  }

  #grow(source: number): void {
    let size = this.#pages.length
    while (size <= source) size *= 2
    const grow = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const grown = new Uint8Array(size)
      grown.set(old)
      return grown
    }
    this.#pages = grow(this.#pages)
    this.#assets = grow(this.#assets)
  }
}
