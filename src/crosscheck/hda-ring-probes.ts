/**
 * Questions to an HD Audio controller about commands and responses, HDA 1.0a 3.3.18 to 3.3.31, 3.4
 * and 4.4.
 */
import {
  CORBRP,
  encodeCommand,
  INTCTL,
  INTSTS,
  PARAMETER,
  RIRBCTL,
  RIRBWP,
  VERB,
} from '../standards/hda/index.ts';
import { readBack } from './hda-controller-probes.ts';
import type { HdaHost } from './hda-host.ts';
import { hex, type Probe, yesNo } from './probe.ts';

const COMMANDS = 8;
const ABSENT_CODEC = 9;

const vendorCommand = encodeCommand(0, 0, VERB.GET_PARAMETER, PARAMETER.VENDOR_ID);

/** Queues commands, and says how many responses came. */
function countResponses(host: HdaHost, responsesPerInterrupt: number, control: number): string {
  host.startRings(responsesPerInterrupt, control);
  host.queue(Array.from({ length: COMMANDS }, () => vendorCommand));
  return String(host.read('RIRBWP'));
}

export const hdaRingProbes: readonly Probe<HdaHost>[] = [
  {
    id: 'corbrp-reset',
    clause: 'HDA 1.0a 3.3.21',
    asks: 'CORBRP after its reset bit was set, and after it was cleared',
    expected: '0x8000 0x0',
    run: (host) => `${readBack(host, 'CORBRP', CORBRP.CORBRPRST)} ${readBack(host, 'CORBRP', 0)}`,
  },
  {
    id: 'rirbwp-reset',
    clause: 'HDA 1.0a 3.3.27',
    asks: 'RIRBWP after its reset bit was set',
    expected: '0x0',
    run: (host) => readBack(host, 'RIRBWP', RIRBWP.RIRBWPRST),
  },
  {
    id: 'ring-size',
    clause: 'HDA 1.0a 3.3.24 3.3.31',
    asks: 'whether the ring sizes in use are among those that are offered',
    expected: 'yes',
    run: (host) => {
      const sizes = [host.read('CORBSIZE'), host.read('RIRBSIZE')];
      return yesNo(sizes.every((size) => ((size >>> 4) & (1 << (size & 3))) !== 0));
    },
  },
  {
    id: 'command',
    clause: 'HDA 1.0a 4.4.1 4.4.2',
    asks: 'CORBRP, RIRBWP and the second word of the response after one command',
    expected: '0x1 0x1 0x0',
    run: (host) => {
      host.startInterruptingRings();
      host.queue([vendorCommand]);
      const [, extension] = host.response(1);
      return `${hex(host.read('CORBRP'))} ${hex(host.read('RIRBWP'))} ${hex(extension)}`;
    },
  },
  {
    id: 'immediate-command',
    clause: 'HDA 1.0a 3.4',
    asks: 'whether the immediate registers give the response that the ring gives',
    expected: 'yes',
    run: (host) => {
      const answer = host.command(0, VERB.GET_PARAMETER, PARAMETER.VENDOR_ID);
      host.startInterruptingRings();
      host.queue([vendorCommand]);
      return yesNo(answer !== null && answer === host.response(1)[0]);
    },
  },
  {
    id: 'absent-codec',
    clause: 'HDA 1.0a 4.4.1 4.4.2',
    asks: 'CORBRP and RIRBWP after a command to a codec that is not there',
    expected: '0x1 0x0',
    run: (host) => {
      host.startInterruptingRings();
      host.queue([encodeCommand(ABSENT_CODEC, 0, VERB.GET_PARAMETER, PARAMETER.VENDOR_ID)]);
      return `${hex(host.read('CORBRP'))} ${hex(host.read('RIRBWP'))}`;
    },
  },
  {
    id: 'response-interrupt',
    clause: 'HDA 1.0a 3.3.15 3.3.29 3.3.30',
    asks: 'INTSTS and the line with a response pending, and after RIRBSTS was written',
    expected: '0xc0000000 up, 0x0 down',
    run: (host) => {
      host.write('INTCTL', (INTCTL.GIE | INTCTL.CIE) >>> 0);
      host.startInterruptingRings();
      host.queue([vendorCommand]);
      const line = (): string => (host.bench.isLineUp ? 'up' : 'down');
      const pending = `${hex(host.read('INTSTS'))} ${line()}`;
      host.acknowledgeResponses();
      return `${pending}, ${hex(host.read('INTSTS'))} ${line()}`;
    },
  },
  {
    id: 'gie-gates',
    clause: 'HDA 1.0a 3.3.14 3.3.15',
    asks: 'whether INTSTS tells of a response while INTCTL.GIE is clear, and whether the line is up',
    expected: 'yes no',
    run: (host) => {
      host.write('INTCTL', INTCTL.CIE);
      host.startInterruptingRings();
      host.queue([vendorCommand]);
      return `${yesNo((host.read('INTSTS') & INTSTS.CIS) !== 0)} ${yesNo(host.bench.isLineUp)}`;
    },
  },
  {
    id: 'rintcnt-zero',
    clause: 'HDA 1.0a 3.3.28',
    asks: `responses to ${COMMANDS} commands with RINTCNT 0, which stands for 256`,
    expected: String(COMMANDS),
    run: (host) => countResponses(host, 0, RIRBCTL.RIRBDMAEN | RIRBCTL.RINTCTL),
  },
  {
    id: 'rintcnt-quiet',
    clause: 'HDA 1.0a 3.3.28 3.3.29',
    asks: `responses to ${COMMANDS} commands with RINTCNT 1 and the response interrupt off`,
    expected: String(COMMANDS),
    run: (host) => countResponses(host, 1, RIRBCTL.RIRBDMAEN),
  },
  {
    id: 'rintcnt-unacknowledged',
    clause: 'HDA 1.0a 3.3.28 3.3.30',
    asks: `responses to ${COMMANDS} commands with RINTCNT 1, when nobody clears RINTFL`,
    expected: String(COMMANDS),
    run: (host) => countResponses(host, 1, RIRBCTL.RIRBDMAEN | RIRBCTL.RINTCTL),
  },
];
