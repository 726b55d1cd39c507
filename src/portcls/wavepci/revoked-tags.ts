/**
 * The tags of the newest revocation, to tell a late release from a wrong one. A miniport that had
 * taken mappings off its list to release them, when RevokeMappings came, leaves them out of its
 * count and releases them afterwards: so many releases are owed, and welcome. Source:
 * IMiniportWavePciStream::RevokeMappings.
 */
export class RevokedTags {
  readonly #tags: unknown[] = [];
  #owed = 0;

  forget(): void {
    this.#tags.length = 0;
    this.#owed = 0;
  }

  add(tag: unknown): void {
    this.#tags.push(tag);
  }

  /** So many of the tags may still be released. */
  owe(count: number): void {
    this.#owed = Math.max(0, count);
  }

  has(tag: unknown): boolean {
    return this.#tags.includes(tag);
  }

  /** Whether this release is one that is owed; it is not from then on. */
  isOwed(tag: unknown): boolean {
    const index = this.#owed > 0 ? this.#tags.indexOf(tag) : -1;
    if (index < 0) return false;
    this.#tags.splice(index, 1);
    this.#owed--;
    return true;
  }
}
