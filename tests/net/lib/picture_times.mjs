// When pictures of somebody are presented in a page, by the browser's own account: neither a busy
// test nor a busy page shifts these times.

// Runs in the page. Ends with the page.
function note_pictures(label) {
  globalThis.picture_times ??= {};
  if (globalThis.picture_times[label]) return;
  const times = [];
  globalThis.picture_times[label] = times;
  let watched = null;
  const watch = (video) => {
    watched = video;
    video?.requestVideoFrameCallback((now, frame) => {
      times.push(performance.timeOrigin + frame.presentationTime);
      if (video === watched) watch(video);
    });
  };
  // A tile may get another element.
  const look = () => {
    const names = [...document.querySelectorAll('.tile_name_text')];
    const name = names.find((node) => node.textContent === label);
    const video = name?.closest('.tile').querySelector('video') ?? null;
    if (video !== watched) watch(video);
  };
  look();
  setInterval(look, 100);
}

export class PictureTimes {
  #viewer;
  #sender;

  constructor(viewer, sender) {
    this.#viewer = viewer;
    this.#sender = sender;
  }

  get what() {
    return `pictures of ${this.#sender.name} at ${this.#viewer.name}`;
  }

  start() {
    return this.#viewer.page.evaluate(note_pictures, this.#sender.name);
  }

  // Milliseconds since 1970, ascending.
  read() {
    const times = (label) => globalThis.picture_times[label];
    return this.#viewer.page.evaluate(times, this.#sender.name);
  }
}
