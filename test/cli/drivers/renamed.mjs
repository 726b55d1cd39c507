/** The built-in driver under another name, made with nothing but the package's own exports. */
import { deviceKind } from 'waveport';
import { defineDriver } from 'waveport/ddi';

export default defineDriver({ ...deviceKind('hda').driver, name: 'renamed' });
