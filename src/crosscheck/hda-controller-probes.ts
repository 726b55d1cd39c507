/**
 * Questions to an HD Audio controller about its global registers and its reset, HDA 1.0a 3.3 and
 * 4.2. What the standard leaves to the implementation (stream counts, payloads) is not asked.
 */
import { GCTL, GSTS, HDA_CONTROLLER_REGISTERS, INTCTL, RIRBCTL } from '../standards/hda/index.ts';
import { type ControllerRegister, type HdaHost, streamPlace } from './hda-host.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const MS = 1_000_000;
const ALL_ONES = 0xffff_ffff;
/** A register that the controller keeps its low bits of. */
const UNALIGNED = 0x1234_567f;
const ALIGNED = '0x12345600';

/** Writes a register, and says what it reads then. */
export function readBack(host: HdaHost, name: ControllerRegister, value: number): string {
  host.write(name, value);
  return hex(host.read(name));
}

export const hdaControllerProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'version',
    clause: 'HDA 1.0a 3.3.3 3.3.4',
    asks: 'version of the specification',
    expected: '1.0',
    run: (host) => `${host.read('VMAJ')}.${host.read('VMIN')}`,
  },
  {
    id: 'crst-handshake',
    clause: 'HDA 1.0a 3.3.7',
    asks: 'GCTL.CRST as read after it was cleared, and after it was set',
    expected: '0 1',
    run: (host) => {
      host.write('GCTL', 0);
      const inReset = host.read('GCTL') & GCTL.CRST;
      host.write('GCTL', GCTL.CRST);
      return `${inReset} ${host.read('GCTL') & GCTL.CRST}`;
    },
  },
  {
    id: 'crst-registers',
    clause: 'HDA 1.0a 3.3.7',
    asks: 'INTCTL, CORBLBASE and RIRBCTL after a controller reset',
    expected: '0x0 0x0 0x0',
    run: (host) => {
      host.write('INTCTL', INTCTL.GIE);
      host.write('CORBLBASE', 0x1000);
      host.write('RIRBCTL', RIRBCTL.RINTCTL);
      host.reset();
      const names = ['INTCTL', 'CORBLBASE', 'RIRBCTL'] as const;
      return names.map((name) => hex(host.read(name))).join(' ');
    },
  },
  {
    id: 'crst-writes',
    clause: 'HDA 1.0a 3.3.7',
    asks: 'SDnCBL after it was written while the controller was in reset',
    expected: '0x0',
    run: (host) => {
      host.write('GCTL', 0);
      host.bench.write(streamPlace('CBL'), 0x1234);
      host.write('GCTL', GCTL.CRST);
      return hex(host.bench.read(streamPlace('CBL')));
    },
  },
  {
    id: 'codec-arrives',
    clause: 'HDA 1.0a 3.3.9 4.3',
    asks: 'STATESTS after the codecs had time to report, and after its bits were written',
    expected: '0x1 0x0',
    run: (host) => {
      const arrived = host.read('STATESTS');
      host.write('STATESTS', arrived);
      return `${hex(arrived)} ${hex(host.read('STATESTS'))}`;
    },
  },
  {
    id: 'wakeen',
    clause: 'HDA 1.0a 3.3.8',
    asks: 'WAKEEN after ones were written: one bit for each codec address',
    expected: '0x7fff',
    run: (host) => {
      const value = readBack(host, 'WAKEEN', 0xffff);
      host.write('WAKEEN', 0);
      return value;
    },
  },
  {
    id: 'unsol',
    clause: 'HDA 1.0a 3.3.7',
    asks: 'GCTL after UNSOL was set',
    expected: '0x101',
    run: (host) => readBack(host, 'GCTL', GCTL.CRST | GCTL.UNSOL),
  },
  {
    id: 'stream-payload',
    clause: 'HDA 1.0a 3.3.11 3.3.12',
    asks: 'whether OUTSTRMPAY and INSTRMPAY say that a stream can carry something',
    expected: 'yes yes',
    run: (host) => {
      return `${yesNo(host.read('OUTSTRMPAY') > 0)} ${yesNo(host.read('INSTRMPAY') > 0)}`;
    },
  },
  {
    id: 'flush',
    clause: 'HDA 1.0a 3.3.7 3.3.10',
    asks: 'whether a flush ends: GSTS.FSTS is set',
    expected: 'yes',
    run: (host) => {
      host.write('GCTL', GCTL.CRST | GCTL.FCNTRL);
      host.bench.runFor(MS);
      return yesNo((host.read('GSTS') & GSTS.FSTS) !== 0);
    },
  },
  {
    id: 'intctl',
    clause: 'HDA 1.0a 3.3.14',
    asks: 'INTCTL after ones were written, with four input and four output streams',
    expected: '0xc00000ff',
    run: (host) => readBack(host, 'INTCTL', ALL_ONES),
  },
  {
    id: 'wall-clock',
    clause: 'HDA 1.0a 3.3.16',
    asks: 'by how much WALCLK grows in a millisecond',
    expected: '24000',
    run: (host) => {
      const before = host.read('WALCLK');
      host.bench.runFor(MS);
      return String(host.read('WALCLK') - before);
    },
  },
  {
    id: 'ssync',
    clause: 'HDA 1.0a 3.3.17',
    asks: 'SSYNC after the bit of a stream was set',
    expected: '0x10',
    run: (host) => readBack(host, 'SSYNC', 0x10),
  },
  {
    id: 'joined-access',
    clause: 'HDA 1.0a 3.1',
    asks: 'WAKEEN and STATESTS read as one dword',
    expected: '0x10000',
    run: (host) => hex(host.bench.read({ ...HDA_CONTROLLER_REGISTERS.WAKEEN, bytes: 4 })),
  },
  {
    id: 'ring-base',
    clause: 'HDA 1.0a 3.3.18 3.3.25',
    asks: 'CORBLBASE and RIRBLBASE after an address that is not aligned to 128 bytes',
    expected: `${ALIGNED} ${ALIGNED}`,
    run: (host) =>
      `${readBack(host, 'CORBLBASE', UNALIGNED)} ${readBack(host, 'RIRBLBASE', UNALIGNED)}`,
  },
  {
    id: 'position-base',
    clause: 'HDA 1.0a 3.3.32',
    asks: 'DPLBASE after an address that is not aligned to 128 bytes, with the enable bit',
    expected: '0x12345601',
    run: (host) => {
      const value = readBack(host, 'DPLBASE', UNALIGNED);
      host.write('DPLBASE', 0);
      return value;
    },
  },
];
