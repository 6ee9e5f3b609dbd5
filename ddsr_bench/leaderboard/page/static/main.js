"use strict";
// Starts the parts, then opens what the address asks for.
(() => {
  const page = window.DdsrPage;

  const firstView = () => {
    const board = page.board;
    const clips = (board.clips || []).map((clip) => clip.id);
    const track = (board.tracks || []).find((one) => page.rows(one.id, one.primary).length);
    const ranked = track ? page.rows(track.id, track.primary).map((row) => row.method) : Object.keys(board.methods || {});
    const shown = ranked.filter((id) => page.media(page.clip(clips[0]), id));
    const [best, last] = [shown[0], shown[shown.length - 1]];
    return { clip: clips[0] || "", a: last === best ? "lr" : last, b: best || "hr", frame: 0, view: "wipe", method: "", track: track && track.id };
  };

  // Only what exists: an old link must not break the page.
  const known = (asked) => {
    const sides = page.sides(null).map((side) => side.value);
    const good = {
      clip: (value) => Boolean(page.clip(value)),
      a: (value) => sides.includes(value),
      b: (value) => sides.includes(value),
      view: (value) => ["wipe", "side", "difference"].includes(value),
      frame: () => true,
      method: (value) => Object.hasOwn(page.board.methods || {}, value),
    };
    return Object.fromEntries(Object.entries(asked).filter(([key, value]) => key in good && good[key](value)));
  };

  const start = () => {
    page.startFoot();
    page.startStandings();
    page.startPlots();
    page.startPlayer();
    page.startCurves();
    page.startClips();
    page.startCard();
    const asked = page.address();
    const { track, ...view } = { ...firstView(), ...known(asked) };
    page.openTrack(asked.track || track, asked.metric);
    page.set(view);
    window.addEventListener("hashchange", () => {
      const again = page.address();
      if (again.track && page.track(again.track)) page.openTrack(again.track, again.metric);
      page.set(known(again));
      if (again.frame !== undefined) page.seek(again.frame);
    });
    // The figures above take their height only once they are drawn.
    const arrive = () => window.setTimeout(() => page.byId("compare").scrollIntoView({ behavior: "instant" }), 100);
    if (asked.clip) window.addEventListener("load", arrive);
  };

  start();
})();
