/** The shapes that index.mjs gives to tests, which are TypeScript. */

export type ContractState = 'shown' | 'not yet' | 'not applicable';

export interface Tally {
  readonly entries: number;
  readonly shown: number;
  readonly notYet: number;
  readonly notApplicable: number;
}

/** One entry of the catalogue. A verifier's rule fits too: its severity is its kind. */
export interface ContractEntry {
  readonly id: string;
  /** The id without its number, such as WRT-MDL. */
  readonly area: string;
  /** The file's name without `.yaml`. */
  readonly file: string;
  readonly subject: string;
  readonly kind: string;
  readonly who: string;
  readonly says: string;
  readonly source: string;
  readonly first: boolean;
}

export interface CountedEntry extends ContractEntry {
  readonly state: ContractState;
  /** Why it is not applicable or comes later, as status.yaml says it. */
  readonly reason: string | null;
  /** The test files that cite it. */
  readonly tests: readonly string[];
}

export interface Catalogue {
  readonly files: readonly { readonly name: string; readonly entries: readonly ContractEntry[] }[];
  readonly byId: ReadonlyMap<string, ContractEntry>;
  readonly problems: readonly string[];
}

export interface Decisions {
  readonly byId: ReadonlyMap<
    string,
    { readonly state: 'not-applicable' | 'later'; readonly reason: string }
  >;
  readonly problems: readonly string[];
}

export interface ContractSources {
  readonly catalogue: Readonly<Record<string, string>>;
  readonly status: string;
  readonly tests: Readonly<Record<string, string>>;
}

export interface ContractCount {
  readonly entries: readonly CountedEntry[];
  readonly files: readonly (Tally & {
    readonly file: string;
    readonly areas: readonly (Tally & { readonly area: string })[];
  })[];
  readonly total: Tally;
  readonly first: Tally;
  readonly problems: readonly string[];
}

/** `text` is without quotes; a template's holes follow it between the marks `${` and `}$`. */
export interface Token {
  readonly kind: 'word' | 'string' | 'template' | 'regex' | 'mark';
  readonly text: string;
  readonly line: number;
}

export declare const CATALOGUE_FILES: readonly string[];
export declare const PAGE: string;
export declare function readCatalogue(texts: Readonly<Record<string, string>>): Catalogue;
export declare function readDecisions(text: string, catalogue: Catalogue): Decisions;
export declare function findCitations(source: string): { id: string; line: number }[];
export declare function countContract(sources: ContractSources): ContractCount;
export declare function listTally(count: ContractCount): string;
export declare function listArea(count: ContractCount, area: string): string;
export declare function listLater(count: ContractCount): string;
export declare function renderPage(count: ContractCount): string;
export declare function readProject(root: string): ContractSources;
export declare function readPage(root: string): string | null;
export declare function filesUnder(root: string, folder: string): string[];
export declare function tokenize(source: string): Token[];
