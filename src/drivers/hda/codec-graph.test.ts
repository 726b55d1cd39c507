import { describe, expect, it } from 'vitest';
import {
  DEFAULT_DEVICE,
  encodeNodeCount,
  PARAMETER,
  STRIPE,
  VERB,
  WIDGET,
  WIDGET_TYPE,
} from '../../standards/hda/index.ts';
import { readCodecGraph } from './codec-graph.ts';
import {
  answers,
  dac,
  GROUP,
  graphOf,
  type MadeUpNode,
  mixer,
  pin,
} from './made-up-codec.test-support.ts';

/** A mixer whose connection list is given in the codec's own words. */
const listed = (length: number, list: readonly number[]): MadeUpNode => ({
  parameters: new Map([
    ...mixer([1]).parameters,
    [PARAMETER.CONNECTION_LIST_LENGTH, length] as const,
  ]),
  list,
});

const connections = (length: number, list: readonly number[]): readonly number[] | undefined =>
  graphOf([listed(length, list)]).widgets.get(2)?.connections;

describe('the graph of a codec', () => {
  it('names its widgets, what they are and what feeds them', () => {
    const graph = graphOf([
      dac({ channels: 8, delayFrames: 12 }),
      mixer([2]),
      pin(DEFAULT_DEVICE.SPEAKER, { from: [3] }),
    ]);
    expect(graph).toMatchObject({ address: 0, vendorId: 0x1234_5678, groupNode: GROUP });
    expect([...graph.widgets.keys()]).toEqual([2, 3, 4]);
    expect(graph.widgets.get(2)).toMatchObject({
      type: WIDGET_TYPE.AUDIO_OUTPUT,
      channels: 8,
      delayFrames: 12,
      connections: [],
      config: null,
    });
    expect(graph.widgets.get(4)).toMatchObject({
      connections: [3],
      config: { device: DEFAULT_DEVICE.SPEAKER },
    });
  });

  it('reads connection lists in the short and in the long form, past the first response', () => {
    expect(connections(5, [0x0706_0504, 0x0000_0009])).toEqual([4, 5, 6, 7, 9]);
    expect(connections(0x83, [0x0105_0104, 0x0000_0142])).toEqual([0x104, 0x105, 0x142]);
  });

  it('spells out ranges, also one that a new response ends', () => {
    expect(connections(3, [0x0b_88_05])).toEqual([5, 6, 7, 8, 0x0b]);
    expect(connections(5, [0x0a_04_03_02, 0x8d])).toEqual([2, 3, 4, 0x0a, 0x0b, 0x0c, 0x0d]);
    expect(connections(0x82, [0x8008_0005])).toEqual([5, 6, 7, 8]);
    expect(connections(2, [0x83_05])).toEqual([5]);
  });

  it('takes formats and amplifiers from the group unless the widget overrides them', () => {
    const own = [
      [PARAMETER.PCM_SUPPORT, 0x1],
      [PARAMETER.STREAM_FORMATS, 0x2],
      [PARAMETER.OUTPUT_AMP, 0x3],
    ] as const;
    const group = [
      [PARAMETER.PCM_SUPPORT, 0x11],
      [PARAMETER.STREAM_FORMATS, 0x12],
      [PARAMETER.OUTPUT_AMP, 0x13],
    ] as const;
    const overrides = WIDGET.FORMAT_OVERRIDE | WIDGET.AMP_OVERRIDE;
    const widgets = [
      dac({ flags: WIDGET.OUTPUT_AMP | overrides, parameters: own }),
      dac({ flags: WIDGET.OUTPUT_AMP, parameters: own }),
      dac({ flags: WIDGET.FORMAT_OVERRIDE }),
    ];
    const graph = readCodecGraph(3, answers(widgets, group));
    expect(graph?.address).toBe(3);
    expect([2, 3, 4].map((node) => graph?.widgets.get(node))).toMatchObject([
      { pcmSupport: 0x1, streamFormats: 0x2, outputAmp: 0x3 },
      { pcmSupport: 0x11, streamFormats: 0x12, outputAmp: 0x13 },
      { pcmSupport: 0x11, streamFormats: 0x12, outputAmp: 0 },
    ]);
  });

  it('says over how many data lines a converter takes a stream', () => {
    const codec = answers([dac({ flags: WIDGET.STRIPE }), dac({ flags: WIDGET.STRIPE }), dac()]);
    const graph = readCodecGraph(0, (node, verb, payload) => {
      if (verb !== VERB.GET_STRIPE) return codec(node, verb, payload);
      return node === 2 ? 0x0050_0001 : 0;
    });
    const stripes = [2, 3, 4].map((node) => graph?.widgets.get(node)?.stripes);
    expect(stripes).toEqual([
      STRIPE.ONE_LINE | STRIPE.FOUR_LINES,
      STRIPE.ONE_LINE,
      STRIPE.ONE_LINE,
    ]);
  });

  it('is not there without a vendor, without an audio group, or with one answer missing', () => {
    const codec = answers([dac(), pin(DEFAULT_DEVICE.SPEAKER, { from: [2] })]);
    let asked = 0;
    readCodecGraph(0, (...command) => {
      asked++;
      return codec(...command);
    });
    expect(asked).toBeGreaterThan(8);
    for (let silent = 1; silent <= asked; silent++) {
      let count = 0;
      const graph = readCodecGraph(0, (...command) => {
        count++;
        return count === silent ? null : codec(...command);
      });
      expect(graph, `question ${silent}`).toBeNull();
    }
    expect(readCodecGraph(0, () => 0)).toBeNull();
    expect(readCodecGraph(0, () => 0xffff_ffff)).toBeNull();
    const modem = readCodecGraph(0, (node, verb, payload) => {
      const isType = verb === VERB.GET_PARAMETER && payload === PARAMETER.FUNCTION_GROUP_TYPE;
      return isType ? 2 : codec(node, verb, payload);
    });
    expect(modem).toBeNull();
  });

  it('is that of the first audio group, where another kind comes before it', () => {
    const codec = answers([dac()]);
    const graph = readCodecGraph(0, (node, verb, payload) => {
      if (node === 0 && payload === PARAMETER.NODE_COUNT) return encodeNodeCount(0x20, 2);
      if (node === 0x20) return payload === PARAMETER.FUNCTION_GROUP_TYPE ? 2 : 0;
      return codec(node === 0x21 ? GROUP : node, verb, payload);
    });
    expect(graph?.groupNode).toBe(0x21);
    expect(graph?.widgets.size).toBe(1);
  });
});
