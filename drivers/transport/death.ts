/**
 * What a board says when it has restarted by itself: ESP8266/ESP32 boot loader, AVR and ARM fault texts. Whatever it
 * was holding or doing is void then.
 */
const DEATH: readonly RegExp[] = [
  /^rst:0x/,
  /^ets [A-Z]/,
  /guru meditation/i,
  /brownout/i,
  /hard ?fault/i,
  /^panic\b/i,
];

/** Does a line say that its sender has restarted by itself? */
export const tellsOfDeath = (line: string): boolean => DEATH.some((pattern) => pattern.test(line));
