/** The front door of this folder: what the command, the tests and the layers' test may use. */
export { CATALOGUE_FILES, readCatalogue, readDecisions } from './catalogue.mjs';
export { findCitations } from './citations.mjs';
export { countContract } from './count.mjs';
export { listArea, listLater, listTally } from './listing.mjs';
export { renderPage } from './page.mjs';
export { filesUnder, PAGE, readPage, readProject } from './project.mjs';
export { tokenize } from './tokens.mjs';
