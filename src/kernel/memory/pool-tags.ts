/**
 * The pool's books: for every tag, in nonpaged and in paged pool, how often it was allocated and
 * what is still out. An account is a number, which every block carries; looking one up by its tag
 * and posting to it allocate nothing once the tag is known.
 */
import { countOf } from './report-text.ts';

/** What the books say of one tag in one kind of pool. */
export interface PoolTagFacts {
  readonly tag: string;
  readonly isPaged: boolean;
  /** Allocations ever made. */
  readonly allocations: number;
  readonly liveBlocks: number;
  readonly liveBytes: number;
}

interface Account {
  readonly tag: string;
  readonly isPaged: boolean;
  allocations: number;
  liveBlocks: number;
  liveBytes: number;
}

export class PoolTags {
  readonly #accounts: Account[] = [];
  readonly #nonPaged = new Map<string, number>();
  readonly #paged = new Map<string, number>();
  #liveBlocks = 0;
  #liveBytes = 0;

  get liveBlocks(): number {
    return this.#liveBlocks;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** The account of a tag; -1 when it was never opened. */
  find(tag: string, isPaged: boolean): number {
    return (isPaged ? this.#paged : this.#nonPaged).get(tag) ?? -1;
  }

  open(tag: string, isPaged: boolean): number {
    const account = this.#accounts.length;
    this.#accounts.push({ tag, isPaged, allocations: 0, liveBlocks: 0, liveBytes: 0 });
    (isPaged ? this.#paged : this.#nonPaged).set(tag, account);
    return account;
  }

  tagOf(account: number): string {
    return (this.#accounts[account] as Account).tag;
  }

  isPaged(account: number): boolean {
    return (this.#accounts[account] as Account).isPaged;
  }

  allocated(account: number, bytes: number): void {
    const entry = this.#accounts[account] as Account;
    entry.allocations++;
    entry.liveBlocks++;
    entry.liveBytes += bytes;
    this.#liveBlocks++;
    this.#liveBytes += bytes;
  }

  freed(account: number, bytes: number): void {
    const entry = this.#accounts[account] as Account;
    entry.liveBlocks--;
    entry.liveBytes -= bytes;
    this.#liveBlocks--;
    this.#liveBytes -= bytes;
  }

  /** Every tag ever used, in order of first use. */
  facts(): PoolTagFacts[] {
    return this.#accounts.map((account) => ({ ...account }));
  }

  outstanding(): string[] {
    return this.#accounts
      .filter((account) => account.liveBlocks > 0)
      .map(
        ({ tag, isPaged, liveBlocks, liveBytes }) =>
          `${isPaged ? 'paged pool' : 'pool'} tag '${tag}' ${countOf(liveBlocks, 'block')} ` +
          countOf(liveBytes, 'byte'),
      );
  }
}
