/**
 * What may differ from one WavePci port driver to another within what Windows documents: how pages
 * become mappings, and which Windows the port belongs to. Source: IPortWavePciStream::GetMapping,
 * IMiniportWavePciStream::Service, KSEVENT_LOOPEDSTREAMING_POSITION, IPreFetchOffset.
 */

/**
 * `win2000` calls Service in every state, has no prefetch offset and leaves the last events of a
 * run to the miniport; `xp`, up to Server 2003, calls it in RUN only and signals those events
 * itself; `vista` has no position events any more.
 */
export type WavePciVersion = 'win2000' | 'xp' | 'vista';

export interface WavePciSettings {
  /** Pages that follow each other in physical memory make one mapping. */
  joinsPages: boolean;
  /** The most pages that one mapping spans. */
  mappingPages: number;
  version: WavePciVersion;
}

export const defaultWavePciSettings = (): WavePciSettings => ({
  joinsPages: true,
  mappingPages: 16,
  version: 'vista',
});
