/**
 * Where QEMU's HD Audio controller and codec do not do as HDA 1.0a says, as its registers show it
 * (QEMU 7.2). The clause stands with the probe of the same name.
 */
import type { Profile } from './deviation.ts';

export const qemuHdaProfile: Profile = {
  name: 'QEMU 7.2 intel-hda with hda-duplex',
  deviations: [
    {
      id: 'crst-writes',
      shows: '0x1234',
      says: 'Registers take what is written while the controller is in reset.',
    },
    {
      id: 'stream-payload',
      shows: 'no no',
      says: 'OUTSTRMPAY and INSTRMPAY read 0; a driver takes the link as the only limit.',
    },
    { id: 'flush', shows: 'no', says: 'A flush never ends: GSTS.FSTS is not there.' },
    { id: 'ssync', shows: '0x0', says: 'There is no SSYNC; streams cannot start together.' },
    {
      id: 'joined-access',
      shows: '0x0',
      says: 'An access reaches the register that begins there, and not its neighbour.',
    },
    {
      id: 'rintcnt-zero',
      shows: '0',
      says: 'RINTCNT 0 stops the CORB for ever; it stands for 256.',
    },
    {
      id: 'rintcnt-quiet',
      shows: '1',
      says: 'The CORB stops after RINTCNT responses; with the interrupt off nothing frees it.',
    },
    {
      id: 'rintcnt-unacknowledged',
      shows: '1',
      says: 'The CORB stops after RINTCNT responses until RINTFL is cleared.',
    },
    {
      id: 'srst-registers',
      says: 'A stream reset leaves SDnCBL, SDnLVI and SDnBDPL as they are.',
    },
    {
      id: 'srst-position',
      shows: '0x1f80',
      says: 'A stream reset leaves SDnLPIB as it is; the next RUN sets it to 0.',
    },
    {
      id: 'alias-writes',
      shows: '0x4000',
      says: 'The page of aliases is the whole bank once more, and takes writes.',
    },
    { id: 'fifo-not-ready', shows: 'yes', says: 'FIFORDY is always set.' },
    {
      id: 'lpib-pace',
      shows: 'no',
      says: 'The codec takes up to 8 KiB ahead of the sound, and SDnLPIB counts them as sent.',
    },
    {
      id: 'stop-keeps-position',
      shows: 'no',
      says: 'Setting RUN begins at the first entry: a pause cannot be resumed.',
    },
    {
      id: 'nobody-listens',
      shows: 'no',
      says: 'An engine stands still while no converter listens for its stream.',
    },
    {
      id: 'ioce-gates',
      shows: 'yes',
      says: 'SDnCTL.IOCE is ignored: IOC interrupts all the same.',
    },
    {
      id: 'status-by-dword',
      shows: '0x4',
      says: 'A dword write to SDnCTL stores the status bits; only a byte write clears them.',
    },
    { id: 'pin-control', shows: '0x40', says: 'Pin control cannot be changed.' },
    { id: 'function-reset', shows: '0x50', says: 'A function group reset does nothing.' },
    { id: 'link-reset', shows: '0x50', says: 'Converters keep their settings over a link reset.' },
    {
      id: 'gain-in-decibels',
      shows: '14682',
      says: 'The amplifier is linear in its steps; only 0 dB is exact.',
    },
    {
      id: 'ear-delay',
      says: 'The codec holds up to 8 KiB, which no register and no delay field tells.',
    },
    {
      id: 'interrupt-times',
      says: 'The engine looks at its buffer once per millisecond, and runs ahead of the sound.',
    },
    {
      id: 'capture-times',
      says: 'The sound card brings less at first than the link would: up to 15 ms late.',
    },
  ],
};
