/** Positions that lie, and the cases that find them out. */
import { actorTable } from './actor-table.ts';
import * as positions from './bad-actors/position-actors.ts';

const CLOCK = 'C-ACT-02 C-ACT-07 C-EXA-01 C-EXA-02';

actorTable('its position', [
  [positions.constantOffset, 'both', 'C-EXA-02'],
  // A client that follows the position takes a step back for a pass of the buffer.
  [
    positions.jumping,
    'render',
    `C-ACT-02 C-ACT-03 C-ACT-07 C-ACT-08 C-EXA-01 C-EXA-02 C-POS-02 C-POS-03 C-POS-04 C-POS-05 C-WVP-06`,
    'C-POS-07',
  ],
  [
    positions.grainy,
    'capture',
    'C-ACT-02 C-ACT-03 C-ACT-07 C-EXA-01 C-EXA-02 C-POS-03 C-POS-05 C-WVP-06',
  ],
  [
    positions.frozen,
    'capture',
    `${CLOCK} C-LNX-01 C-POS-02 C-POS-08 C-WAV-01 C-WAV-04 C-WAV-05 C-WAV-06 C-WVP-06`,
  ],
  [positions.sinceRun, 'render', 'C-EXA-03'],
  [positions.fastClock, 'capture', `${CLOCK} C-WVP-06`, 'C-POS-07'],
  [positions.keptAtStop, 'capture', 'C-WAV-03'],
  [positions.movesInPause, 'render', 'C-WAV-02'],
]);
