/** How a source behaves on the web site: pages, errors, and what a browser fetches besides. Three bytes a source. */
export class Visits {
  /** Sources that asked for anything. */
  visitors = 0
  #pages = new Uint8Array(1024)
  #errors = new Uint8Array(1024)
  #assets = new Uint8Array(1024)

  note(source: number, asset: boolean, error: boolean): void {
    if (source >= this.#pages.length) this.#grow(source)
    if (this.#pages[source] === 0 && this.#assets[source] === 0) this.visitors++
    if (asset) {
      if (this.#assets[source] < 255) this.#assets[source]++
      return
    }
    if (this.#pages[source] < 255) this.#pages[source]++
    if (error && this.#errors[source] < 255) this.#errors[source]++
  }

  /** Whether the source fetched styles, scripts or pictures: a browser does, a script does not. */
  isBrowser(source: number): boolean {
    return source < this.#assets.length && this.#assets[source] > 0
  }

  /** Whether most of what it asked for was not there: a scanner, and not the reader of a broken link. */
  isProber(source: number): boolean {
    return source < this.#pages.length && this.#errors[source] * 2 >= this.#pages[source] && !this.isBrowser(source)
  }

  /** Pages that were not there or not given, 255 at most. */
  errors(source: number): number {
    return source < this.#errors.length ? this.#errors[source] : 0
  }

  /** Requests for pages, 255 at most. */
  pages(source: number): number {
    return source < this.#pages.length ? this.#pages[source] : 0
  }

  /** The three counters of every source, one byte each, in base64. */
  snapshot(): string {
    let length = this.#pages.length
    while (length > 0 && this.#pages[length - 1] === 0 && this.#assets[length - 1] === 0) length--
    return Buffer.concat(
      [this.#pages, this.#errors, this.#assets].map(counters => counters.subarray(0, length)),
    ).toString('base64')
  }

  /** Adds what a snapshot counted. `sourceOf` translates its source ids. */
  restore(saved: string, sourceOf: (id: number) => number): void {
    const bytes = Buffer.from(saved, 'base64')
    const length = bytes.length / 3
    for (let id = 0; id < length; id++) {
      if (bytes[id] === 0 && bytes[2 * length + id] === 0) continue
      const source = sourceOf(id)
      if (source >= this.#pages.length) this.#grow(source)
      if (this.#pages[source] === 0 && this.#assets[source] === 0) this.visitors++
      this.#pages[source] = Math.min(255, this.#pages[source] + bytes[id])
      this.#errors[source] = Math.min(255, this.#errors[source] + bytes[length + id])
      this.#assets[source] = Math.min(255, this.#assets[source] + bytes[2 * length + id])
    }
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
    this.#errors = grow(this.#errors)
    this.#assets = grow(this.#assets)
  }
}
