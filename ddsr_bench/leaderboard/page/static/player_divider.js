"use strict";
// The divider: dragged, or moved with the arrow keys, Home and End.
(() => {
  const page = window.DdsrPage;
  const KEYS = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };

  page.startDivider = (stage) => {
    const divider = page.byId("divider");
    let part = 50;

    const move = (to) => {
      part = Math.min(100, Math.max(0, to));
      stage.style.setProperty("--divider", `${part}%`);
      divider.setAttribute("aria-valuenow", String(Math.round(part)));
      divider.setAttribute("aria-valuetext", `A ${Math.round(part)} %, B ${Math.round(100 - part)} %`);
    };

    const toPointer = (event) => {
      const box = stage.getBoundingClientRect();
      move((100 * (event.clientX - box.left)) / box.width);
    };

    divider.addEventListener("pointerdown", (event) => {
      divider.setPointerCapture(event.pointerId);
      divider.focus({ preventScroll: true });
      event.preventDefault();
      event.stopPropagation();
    });
    divider.addEventListener("pointermove", (event) => divider.hasPointerCapture(event.pointerId) && toPointer(event));
    divider.addEventListener("keydown", (event) => {
      if (!(event.key in KEYS)) return;
      event.preventDefault();
      move(part + KEYS[event.key]);
    });
    move(part);
  };
})();
