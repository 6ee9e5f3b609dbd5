"use strict";
// The loupe: the same small field of both sides, enlarged pixel by pixel.
(() => {
  const page = window.DdsrPage;
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // The part of a video (in 0..1 of its size) that fills a canvas of `box` CSS pixels at a zoom.
  const field = (box, zoom, size) => ({ w: Math.min(1, box.width / zoom / size.width), h: Math.min(1, box.height / zoom / size.height) });

  const paint = (canvas, video, centre, part) => {
    const density = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * density), Math.round(canvas.clientHeight * density)];
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, width, height);
    if (video.hidden || video.readyState < 2) return;
    pen.imageSmoothingEnabled = false;
    const [w, h] = [part.w * video.videoWidth, part.h * video.videoHeight];
    const [x, y] = [centre.x * video.videoWidth - w / 2, centre.y * video.videoHeight - h / 2];
    pen.drawImage(video, x, y, w, h, 0, 0, width, height);
  };

  page.startLoupe = (stage, a, b) => {
    const [lens, panel, on, zoom] = ["lens", "loupe", "loupe-on", "zoom"].map(page.byId);
    const canvases = [page.byId("loupe-a"), page.byId("loupe-b")];
    const centre = { x: 0.5, y: 0.5 };

    // Sizes are those of the larger video, so that LR and SR show the same field.
    const size = () => ({ width: Math.max(a.video.videoWidth, b.video.videoWidth, 1), height: Math.max(a.video.videoHeight, b.video.videoHeight, 1) });

    const draw = () => {
      lens.hidden = panel.hidden = !on.checked;
      if (!on.checked) return;
      const box = { width: canvases[0].clientWidth, height: canvases[0].clientHeight };
      const part = field(box, Number(zoom.value), size());
      centre.x = clamp(centre.x, part.w / 2, 1 - part.w / 2);
      centre.y = clamp(centre.y, part.h / 2, 1 - part.h / 2);
      for (const [name, value] of [["x", centre.x - part.w / 2], ["y", centre.y - part.h / 2], ["w", part.w], ["h", part.h]]) {
        stage.style.setProperty(`--${name}`, value);
      }
      paint(canvases[0], a.video, centre, part);
      paint(canvases[1], b.video, centre, part);
    };

    const toPointer = (event) => {
      const pictures = stage.dataset.view === "side" ? [...stage.querySelectorAll(".picture")] : [stage];
      const boxes = pictures.map((picture) => picture.getBoundingClientRect());
      const box = boxes.find((one) => event.clientX < one.right && event.clientY < one.bottom) || boxes[0];
      centre.x = (event.clientX - box.left) / box.width;
      centre.y = (event.clientY - box.top) / box.height;
      draw();
    };

    stage.addEventListener("pointerdown", (event) => {
      if (!on.checked || event.button) return;
      stage.setPointerCapture(event.pointerId);
      toPointer(event);
    });
    stage.addEventListener("pointermove", (event) => stage.hasPointerCapture(event.pointerId) && toPointer(event));
    lens.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key];
      if (!by) return;
      event.preventDefault();
      centre.x += 0.02 * by[0];
      centre.y += 0.02 * by[1];
      draw();
    });
    for (const input of [on, zoom]) input.addEventListener("input", draw);
    for (const { video } of [a, b]) for (const name of ["loadeddata", "seeked"]) video.addEventListener(name, draw);
    new ResizeObserver(draw).observe(panel);
    return draw;
  };
})();
