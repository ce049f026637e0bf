/** Waiting for something that rings. */
export interface Look {
  /** Milliseconds. */
  every: number
  changed: () => Promise<boolean>
}

/**
 * Rung by a watcher or a stream, waited for by one follower at a time. To lose no ring: `clear`, look at what there
 * is, then `wait`.
 */
export class Bell {
  #rung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  get isRung(): boolean {
    return this.#rung
  }

  /** What rang before is being looked at. */
  clear(): void {
    this.#rung = false
  }

  /**
   * Resolves when it has rung since `clear`, when the signal fires, or after `milliseconds`; and when a look, made every
   * now and then, says so.
   */
  async wait(milliseconds: number, signal: AbortSignal, look?: Look): Promise<void> {
    if (this.#rung || signal.aborted || milliseconds <= 0) return
    await new Promise<void>(resolve => {
      let looking = false
      const done = (): void => {
        clearTimeout(end)
        clearInterval(looks)
        signal.removeEventListener('abort', done)
        // A look that ends late must not silence the wait that came after.
        if (this.#wake === done) this.#wake = undefined
        resolve()
      }
      const end = setTimeout(done, milliseconds)
      const looks =
        look === undefined
          ? undefined
          : setInterval(() => {
              // A disk of the network may take long to answer.
              if (looking) return
              looking = true
              look.changed().then(changed => {
                looking = false
                if (changed) done()
              }, done)
            }, look.every)
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
