import { describe, expect, it } from 'vitest';
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import {
  DEFAULT_DEVICE,
  encodeAmpCapabilities,
  PARAMETER,
  PIN_CAPABILITY,
  VERB,
  WIDGET,
} from '../../standards/hda/index.ts';
import type { SendVerb } from './codec-commands.ts';
import { findOutputPath } from './codec-path.ts';
import {
  dac,
  GROUP,
  graphOf,
  type MadeUpNode,
  mixer,
  pin,
  selector,
} from './made-up-codec.test-support.ts';
import { StreamPath } from './stream-path.ts';

const NAMES = new Map<number, string>(Object.entries(VERB).map(([name, verb]) => [verb, name]));
const STREAM = { converterFormat: 0x4011, stripe: 1, tag: 3, channels: 2 };
const amp = (offset: number): number =>
  encodeAmpCapabilities({ canMute: true, stepQuarterDb: 4, steps: 74, offset });

interface Bench {
  readonly path: StreamPath;
  /** Verbs that set something, as `node NAME payload` in hex. */
  readonly set: string[];
  stalledUs: number;
}

/** @param answer the codec's answer to a verb; 0 if absent */
function bench(widgets: readonly MadeUpNode[], answer: SendVerb = () => 0): Bench {
  const graph = graphOf(widgets);
  const path = findOutputPath(graph);
  if (path === null) throw new Error('the made-up codec has no path');
  const stall = { KeStallExecutionProcessor: (us: number) => addStall(us) };
  const set: string[] = [];
  const send: SendVerb = (node, verb, payload) => {
    const name = NAMES.get(verb) ?? '';
    if (name.startsWith('SET')) set.push(`${node} ${name.slice(4)} ${payload.toString(16)}`);
    return answer(node, verb, payload);
  };
  const made: Bench = {
    path: new StreamPath(stall as KernelDdi, send, graph.groupNode, path),
    set,
    stalledUs: 0,
  };
  const addStall = (us: number): void => {
    made.stalledUs += us;
  };
  return made;
}

describe('the path to the ear', () => {
  it('is opened from the power down to the stream, which comes last', () => {
    const converter = dac({
      flags: WIDGET.OUTPUT_AMP | WIDGET.AMP_OVERRIDE | WIDGET.POWER_CONTROL | WIDGET.STRIPE,
      channels: 8,
      parameters: [[PARAMETER.OUTPUT_AMP, amp(0x4a)]],
    });
    const capabilities = PIN_CAPABILITY.OUTPUT | PIN_CAPABILITY.EAPD;
    const { path, set } = bench([
      converter,
      pin(DEFAULT_DEVICE.SPEAKER, { from: [2], capabilities }),
    ]);
    expect(path.open(STREAM)).toBe(true);
    expect(set).toEqual([
      `${GROUP} POWER_STATE 0`,
      '2 POWER_STATE 0',
      '2 AMP b04a',
      '2 FORMAT 4011',
      '2 STRIPE 1',
      '2 CHANNEL_COUNT 1',
      '3 PIN_CONTROL 40',
      '3 EAPD 2',
      '2 STREAM_CHANNEL 30',
    ]);
  });

  it('selects and unmutes its own inputs on the way, and no others', () => {
    const flags = WIDGET.INPUT_AMP | WIDGET.AMP_OVERRIDE;
    const parameters = [[PARAMETER.INPUT_AMP, amp(0x1f)]] as const;
    const { path, set } = bench([
      dac(),
      mixer([9, 2], { flags, parameters }),
      selector([9, 9, 3], { flags, parameters }),
      pin(DEFAULT_DEVICE.LINE_OUT, { from: [9, 4], flags }),
    ]);
    expect(path.open(STREAM)).toBe(true);
    expect(set.slice(1, -3)).toEqual([
      '3 AMP 711f',
      '4 CONNECTION_SELECT 2',
      '4 AMP 721f',
      '5 CONNECTION_SELECT 1',
    ]);
  });

  it('drives a headphone as one where the pin can', () => {
    const capabilities = PIN_CAPABILITY.OUTPUT | PIN_CAPABILITY.HEADPHONE_DRIVE;
    const { path, set } = bench([
      dac(),
      pin(DEFAULT_DEVICE.HEADPHONE, { from: [2], capabilities }),
    ]);
    path.open(STREAM);
    expect(set).toContain('3 PIN_CONTROL c0');
    const line = bench([dac(), pin(DEFAULT_DEVICE.LINE_OUT, { from: [2], capabilities })]);
    line.path.open(STREAM);
    expect(line.set).toContain('3 PIN_CONTROL 40');
  });

  it('waits until a node is awake, and gives up after 10 ms', () => {
    const widgets = [
      dac({ flags: WIDGET.POWER_CONTROL }),
      pin(DEFAULT_DEVICE.SPEAKER, { from: [2] }),
    ];
    let asked = 0;
    const slow = bench(widgets, (node, verb) => {
      if (verb !== VERB.GET_POWER_STATE || node !== 2) return 0;
      asked++;
      return asked < 5 ? 0x30 : 0x00;
    });
    expect(slow.path.open(STREAM)).toBe(true);
    expect(slow.stalledUs).toBe(40);
    const asleep = bench(widgets, (_node, verb) => (verb === VERB.GET_POWER_STATE ? 0x30 : 0));
    expect(asleep.path.open(STREAM)).toBe(false);
    expect(asleep.stalledUs).toBe(10_000);
    expect(asleep.set).toEqual([`${GROUP} POWER_STATE 0`]);
  });

  it('asks a codec that does not answer nothing more, and tries again the next time', () => {
    let isDead = true;
    const answer: SendVerb = (_node, verb) => (isDead && verb === VERB.SET_FORMAT ? null : 0);
    const { path, set } = bench([dac(), pin(DEFAULT_DEVICE.SPEAKER, { from: [2] })], answer);
    expect(path.open(STREAM)).toBe(false);
    expect(set.at(-1)).toBe('2 FORMAT 4011');
    isDead = false;
    expect(path.open(STREAM)).toBe(true);
    expect(set.at(-1)).toBe('2 STREAM_CHANNEL 30');
    path.close();
    expect(set.at(-1)).toBe('2 STREAM_CHANNEL 0');
  });
});
