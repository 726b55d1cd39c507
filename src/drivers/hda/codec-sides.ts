/**
 * The codec that the driver takes: the first that somebody can hear. Its playing side, and its
 * recording side where there is one, each with the way through the codec, what limits a stream on
 * it, the amplifier that a person turns, and the jack at the end.
 */
import type { Wdk } from '../../portcls/ddi/index.ts';
import { STRIPE } from '../../standards/hda/index.ts';
import type { CodecCommands, SendVerb } from './codec-commands.ts';
import { type CodecGraph, readCodecGraph } from './codec-graph.ts';
import { type CodecPath, describePath, findInputPath, findOutputPath } from './codec-path.ts';
import type { HdaRegisters } from './hda-registers.ts';
import { Jack } from './jack.ts';
import { findPathAmplifier, type PathAmplifier } from './path-amplifier.ts';
import type { StreamCapabilities } from './stream-format.ts';
import { StreamPath } from './stream-path.ts';

/** 3.3.9: codec addresses on the link are 0 to 14. */
const CODEC_ADDRESSES = 15;

/** One direction of sound through a codec. */
export interface CodecSide {
  readonly isCapture: boolean;
  readonly path: StreamPath;
  readonly delayFrames: number;
  readonly capabilities: StreamCapabilities;
  /** Null where the path has no amplifier with steps. */
  readonly volume: PathAmplifier | null;
  readonly jack: Jack;
}

export interface CodecSides {
  readonly playback: CodecSide;
  readonly recording: CodecSide | null;
}

/**
 * Null when no codec has a path from a converter to an output pin. PASSIVE_LEVEL.
 * @param stripes over how many data lines the controller spreads a stream: bits as STRIPE has them
 */
export function findCodecSides(
  wdk: Wdk,
  registers: HdaRegisters,
  commands: CodecCommands,
  stripes: number,
): CodecSides | null {
  const present = registers.read('STATESTS');
  for (let address = 0; address < CODEC_ADDRESSES; address++) {
    if (((present >>> address) & 1) === 0) continue;
    const send = commands.to(address);
    const graph = readCodecGraph(address, send);
    const output = graph === null ? null : findOutputPath(graph);
    if (graph === null || output === null) continue;
    const input = findInputPath(graph);
    wdk.DbgPrint(`wphda: codec ${address} plays ${describePath(output)}`);
    if (input !== null) wdk.DbgPrint(`wphda: codec ${address} records ${describePath(input)}`);
    const playback = makeSide(wdk, send, graph, output, {
      streamWords: registers.read('OUTSTRMPAY'),
      lineWords: registers.read('OUTPAY'),
      stripes: output.converter.stripes & stripes,
    });
    // An input stream has a data line of its own.
    const link = {
      streamWords: registers.read('INSTRMPAY'),
      lineWords: registers.read('INPAY'),
      stripes: STRIPE.ONE_LINE,
    };
    const recording = input === null ? null : makeSide(wdk, send, graph, input, link, true);
    return { playback, recording };
  }
  return null;
}

function makeSide(
  wdk: Wdk,
  send: SendVerb,
  graph: CodecGraph,
  path: CodecPath,
  link: Pick<StreamCapabilities, 'streamWords' | 'lineWords' | 'stripes'>,
  isCapture = false,
): CodecSide {
  const { channels, pcmSupport, streamFormats } = path.converter;
  const volume = findPathAmplifier(send, path);
  return {
    isCapture,
    path: new StreamPath(wdk, send, graph.groupNode, path, volume),
    delayFrames: path.delayFrames,
    capabilities: { pcmSupport, streamFormats, channels, ...link },
    volume,
    jack: new Jack(send, path.pin),
  };
}
