// Stands in for the script with RudderStack's Braze integration, which the SDK fetches from a CDN: it records how it was
// started and what the SDK hands to it. The real one decides by `connectionMode` what of that it passes on to Braze.
(() => {
  const calls = [];
  const record = (type) => (element) => calls.push([type, element.message.event ?? element.message.name ?? element.message.userId]);

  class Braze {
    constructor(config) {
      globalThis.brazeConfig = config;
      globalThis.brazeCalls = calls;
      for (const type of ["identify", "track", "page", "group", "alias"]) this[type] = record(type);
    }
    init() {}
    isReady() {
      return true;
    }
  }
  globalThis.Braze_RS = { Braze };
})();
