import { type Link, type LinkEffect, lost, machine } from './link.ts';

/**
 * A link over something that delivers by itself (TCP): what is sent has arrived, what is whole is taken. Nothing is
 * acknowledged, nothing is repeated.
 * @param frame puts the framing around a payload
 */
export const bareLink = (frame: (payload: Uint8Array) => Uint8Array): Link =>
  machine(
    undefined,
    (state, event) => {
      const effects = ((): readonly LinkEffect[] => {
        if (event.type === 'timeout') return [];
        if (event.type === 'send') return [{ type: 'write', bytes: frame(event.payload) }, { type: 'sent' }];
        const { item } = event;
        switch (item.type) {
          case 'frame':
            return [{ type: 'deliver', payload: item.payload, form: item.form }];
          case 'control':
            return [];
          case 'damaged':
            return [{ type: 'note', text: `damaged frame: ${item.why}` }];
          case 'discarded':
            return [lost(item.raw, item.why)];
        }
      })();
      return { state, effects };
    },
    () => true,
  );
