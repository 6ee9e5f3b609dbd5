"use strict";
// Buttons, the frame slider, and the keys that do the same.
(() => {
  const page = window.DdsrPage;

  const press = (id) => page.byId(id).click();
  const KEYS = {
    " ": () => press("play"),
    ",": () => press("step-back"),
    ".": () => press("step-on"),
    x: () => press("swap"),
    d: () => page.set({ view: page.state.view === "difference" ? "wipe" : "difference" }),
    z: () => press("loupe-on"),
    "[": () => press("clip-back"),
    "]": () => press("clip-next"),
  };

  // A key that the focused element needs for itself is left to it.
  const isTaken = (event) => {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || page.byId("card").open) return true;
    if (target.matches("select, textarea, input[type=search]")) return true;
    return event.key === " " && target.closest("button, input, summary, a, [role=slider]") !== null;
  };

  page.startKeys = () => {
    document.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS) || isTaken(event)) return;
      event.preventDefault();
      KEYS[event.key]();
    });
  };

  page.startControls = (pair) => {
    const click = (id, act) => page.byId(id).addEventListener("click", act);
    const change = (id, act) => page.byId(id).addEventListener("input", (event) => act(event.target));
    click("play", () => pair.toggle());
    click("step-back", () => pair.step(-1));
    click("step-on", () => pair.step(1));
    change("frame", (input) => {
      if (pair.isPlaying()) pair.toggle();
      pair.seek(Number(input.value));
    });
    change("speed", (input) => pair.setSpeed(Number(input.value)));
    change("loop", (input) => {
      pair.loop = input.checked;
    });
  };

  page.showFrame = (pair) => {
    const [slider, number, play] = ["frame", "frame-number", "play"].map(page.byId);
    slider.max = pair.last();
    slider.value = pair.frame();
    slider.setAttribute("aria-valuetext", `frame ${pair.frame()} of ${pair.last()}`);
    number.textContent = `frame ${pair.frame()} / ${pair.last()}`;
    play.textContent = pair.isPlaying() ? "Pause" : "Play";
  };
})();
