"use strict";
// What the reader looks at, kept in the address (#clip=..&a=..&b=..) so that a view can be sent to others.
(() => {
  const page = window.DdsrPage;
  const KEYS = ["track", "metric", "clip", "a", "b", "frame", "view", "method"];
  const listeners = [];
  const state = {};
  page.state = state;

  page.on = (keys, act) => listeners.push({ keys, act });

  const write = () => {
    const words = new URLSearchParams();
    for (const key of KEYS) {
      const value = state[key];
      if (value !== "" && value !== null && value !== undefined && !(key === "frame" && value === 0)) words.set(key, value);
    }
    try {
      window.history.replaceState(null, "", `#${words}`);
    } catch {
      // A browser that forbids this for file:// keeps the old address; the page works all the same.
    }
  };

  // Browsers refuse addresses that change many times a second, as they would with a frame slider in the hand.
  let waiting = 0;
  const writeSoon = () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(write, 200);
  };

  // `quiet` leaves the address alone: a clip that plays has no view to send.
  page.set = (changes, quiet) => {
    const changed = Object.keys(changes).filter((key) => state[key] !== changes[key]);
    Object.assign(state, changes);
    if (changed.length && !quiet) writeSoon();
    for (const { keys, act } of listeners) if (keys.some((key) => changed.includes(key))) act(state);
  };

  page.address = () => {
    const words = new URLSearchParams(window.location.hash.slice(1));
    const asked = {};
    for (const key of KEYS) if (words.has(key)) asked[key] = words.get(key);
    if ("frame" in asked) asked.frame = Math.max(0, Math.floor(Number(asked.frame)) || 0);
    return asked;
  };
})();
