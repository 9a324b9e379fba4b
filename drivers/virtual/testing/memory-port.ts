/** A port without a cable, for tests of devices: what the test says comes out of `onData`, what is written is kept. */
export interface MemoryPort {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Bytes from the rig's side. */
  say(text: string): void;
  /** Everything written so far. */
  readonly heard: string;
  /** Resolves with everything heard once it satisfies the condition; the test's own deadline bounds it. */
  until(condition: (heard: string) => boolean): Promise<string>;
}

export function makeMemoryPort(): MemoryPort {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  let heard = '';
  let check = () => {};
  return {
    write: (bytes) => {
      heard += Buffer.from(bytes).toString('latin1');
      check();
    },
    onData: (listener) => {
      listeners.push(listener);
    },
    say: (text) => {
      for (const listener of listeners) listener(Buffer.from(text, 'latin1'));
    },
    get heard() {
      return heard;
    },
    until: (condition) =>
      new Promise((resolve) => {
        check = () => {
          if (condition(heard)) resolve(heard);
        };
        check();
      }),
  };
}
