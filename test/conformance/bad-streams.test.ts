/** Streams that are wrong as a whole or in their states, and the cases that find them out. */
import { actorTable } from './actor-table.ts';
import * as restarts from './bad-actors/restart-actors.ts';
import * as streams from './bad-actors/stream-actors.ts';

actorTable('its streams', [
  [streams.smallBuffer, 'render', 'C-EXA-07'],
  [streams.earlyDma, 'both', 'C-EXA-06 C-NTF-02'],
  [streams.wrongLatency, 'both', 'C-EXA-05'],
  [streams.emptyClaim, 'render', 'C-ACT-01 C-WAV-06'],
  [streams.waitsForPosition, 'render', 'C-WVP-03'],
  [streams.slowPosition, 'capture', 'C-POS-01'],
  [streams.leaky, 'capture', 'C-WVP-01 C-WVP-02'],
  [streams.byChance, 'capture', 'C-WVP-07'],
  [streams.wrongRegister, 'render', 'C-EXA-04'],
  [streams.oneAtATime, 'render', 'C-WAV-07'],
]);

actorTable('how its streams change their states', [
  [restarts.stopsShort, 'both', 'C-LNX-03 C-PKT-05 C-WAV-03 C-WVP-05'],
  [restarts.startsOverInPause, 'both', 'C-EXA-08 C-EXA-09 C-NTF-04'],
  [restarts.forgetsInSleep, 'both', 'C-ACT-07 C-EXA-09 C-NTF-04'],
  [restarts.slowState, 'capture', 'C-ACT-06'],
  // It stands for longer than a pass of the buffer, which a client that follows it never sees.
  [restarts.wakesLate, 'render', 'C-ACT-08 C-EXA-02 C-POS-03 C-WAV-06', 'C-POS-06'],
]);
