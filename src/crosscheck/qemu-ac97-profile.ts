/**
 * Where QEMU's AC'97 controller and codec do not do as AC'97 2.3 and Intel's ICH datasheets say, as
 * its registers show it (QEMU 7.2). The clause stands with the probe of the same name.
 */
import type { Profile } from './deviation.ts';

export const qemuAc97Profile: Profile = {
  name: 'QEMU 7.2 AC97',
  deviations: [
    {
      id: 'volume-defaults',
      shows: '0x8000 0x8808 0x0',
      says: 'There is no microphone volume; the register reads 0.',
    },
    { id: 'record-defaults', shows: '0x0 0x8808', says: 'Record gain resets as a volume does.' },
    { id: 'dac-powerdown', shows: 'yes', says: 'Powering parts of the codec down does nothing.' },
    { id: 'variable-rate-off', shows: 'no', says: 'Variable rate is on after reset.' },
    { id: 'highest-rate', shows: '65535', says: 'Any rate is taken.' },
    { id: 'cold-reset', shows: 'yes', says: 'The codec is always ready; cold reset does nothing.' },
    { id: 'global-control', shows: '0x0', says: 'GLOB_CNT forgets what is written.' },
    { id: 'list-base', shows: '0x1234567c', says: 'BDBAR keeps bit 2.' },
    {
      id: 'buffer-address',
      shows: 'no',
      says: 'Bit 1 of the address of a buffer is dropped: its sound begins with one sample more.',
    },
    {
      id: 'underrun-repeats',
      shows: '0',
      says: 'BUP is read the other way round: clear, zeros follow the last buffer.',
    },
    {
      id: 'underrun-silent',
      shows: String(16_000),
      says: 'BUP is read the other way round: set, the last sample is repeated.',
    },
    {
      id: 'picb-pace',
      shows: 'no',
      says: 'The sound card takes 1024 frames at once, and PICB counts them as sent.',
    },
    {
      id: 'pause-keeps-position',
      shows: '1',
      says: 'Setting RPBM goes to the next entry: a pause loses the rest of a buffer.',
    },
    {
      id: 'control-while-running',
      shows: '1',
      says: 'Any write to CR with RPBM goes to the next entry.',
    },
    {
      id: 'ioce-late',
      shows: 'no',
      says: 'The line follows events, not enables: IOCE that is set late interrupts nobody.',
    },
    {
      id: 'unity-volume',
      shows: '11921',
      says: 'Volumes are linear with full scale at step 0, where 0 dB is meant by step 8.',
    },
    { id: 'volume-in-decibels', shows: '9850', says: 'Volumes are linear.' },
    {
      id: 'volume-and-rate',
      shows: String(16_000),
      says: 'A rate other than 48 kHz opens the sound card anew, without the volumes that were set.',
    },
    {
      id: 'ear-delay',
      says: 'The sound card holds 1024 frames, which no register tells.',
    },
    {
      id: 'interrupt-times',
      says: 'The sound card takes 1024 frames at once, and then goes by the millisecond.',
    },
  ],
};
