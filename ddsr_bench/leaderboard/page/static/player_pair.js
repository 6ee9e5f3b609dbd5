"use strict";
// Two videos as one: the same frame on both sides, playing or not.
(() => {
  const page = window.DdsrPage;

  page.pair = (a, b, onFrame) => {
    let clip = { fps: 1, frames: 1 };
    let frame = 0;
    let playing = false;
    const own = { loop: true, speed: 1 };
    const sides = [a, b];
    const lead = () => (a.isShown() || !b.isShown() ? a.video : b.video);
    const other = () => (lead() === a.video ? b.video : a.video);
    const last = () => Math.max(0, clip.frames - 1);

    const tell = (number) => {
      frame = Math.min(last(), Math.max(0, number));
      onFrame(frame, playing);
    };

    // The middle of a frame's time: its edges belong to one neighbour or the other, depending on rounding.
    const aim = (video, number) => {
      if (video.readyState > 0) video.currentTime = (number + 0.5) / clip.fps;
    };

    const seek = (number) => {
      const wanted = Math.min(last(), Math.max(0, number));
      for (const side of sides) aim(side.video, wanted);
      tell(wanted);
    };

    const pause = () => {
      playing = false;
      for (const side of sides) side.video.pause();
      seek(frame);
    };

    const start = () => {
      for (const side of sides) {
        side.video.playbackRate = own.speed;
        if (side.isShown()) side.video.play().catch(() => {}); // refused or interrupted: it stays on its frame
      }
    };

    const play = () => {
      if (!sides.some((side) => side.isShown())) return;
      if (frame >= last()) seek(0);
      playing = true;
      start();
      tell(frame);
    };

    // A small lag is made up by speed, which does not stutter; a large one by a jump.
    const follow = () => {
      const [first, second] = [lead(), other()];
      if (second.readyState < 2 || second.ended) return;
      const ahead = second.currentTime - first.currentTime;
      if (Math.abs(ahead) > 3 / clip.fps) second.currentTime = first.currentTime;
      else second.playbackRate = own.speed * (1 - Math.min(0.1, Math.max(-0.1, 2 * ahead)));
    };

    const shown = (video, time) => {
      if (playing && video === lead()) {
        follow();
        tell(Math.floor(time * clip.fps + 0.01));
      } else onFrame(frame, playing);
    };

    const watch = (video) => {
      if (!("requestVideoFrameCallback" in video)) {
        for (const name of ["timeupdate", "seeked"]) video.addEventListener(name, () => shown(video, video.currentTime));
        return;
      }
      const next = (_, facts) => {
        shown(video, facts.mediaTime);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    };

    const ended = (video) => {
      if (!playing || video !== lead()) return;
      if (!own.loop) {
        frame = last();
        pause();
      } else {
        seek(0);
        start();
      }
    };

    for (const { video } of sides) {
      watch(video);
      video.addEventListener("loadedmetadata", () => aim(video, frame));
      video.addEventListener("ended", () => ended(video));
    }

    const load = (chosen, sideA, sideB, number) => {
      playing = false;
      clip = chosen ? { fps: chosen.fps || 25, frames: chosen.frames || 1 } : { fps: 1, frames: 1 };
      a.load(chosen, sideA);
      b.load(chosen, sideB);
      for (const side of sides) side.video.pause();
      seek(number);
    };

    const step = (by) => {
      if (playing) pause();
      seek(frame + by);
    };

    return Object.assign(own, {
      load, seek, step, last,
      toggle: () => (playing ? pause() : play()),
      setSpeed: (speed) => {
        own.speed = speed;
        for (const side of sides) side.video.playbackRate = speed;
      },
      frame: () => frame,
      isPlaying: () => playing,
    });
  };
})();
