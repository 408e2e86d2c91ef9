// How loud the own microphone is, as a bar: to see before joining that it works.

import {element} from './element.js';

const interval_ms = 80;

export class LevelMeter {
  root = element(
    'div',
    {class: 'level_meter', 'aria-hidden': 'true'},
    element('div', {class: 'level_bar'}),
  );
  #context = null;
  #timer = 0;

  // A null track shows silence.
  watch(track) {
    this.close();
    this.#show(0);
    if (!track) return;
    this.#context = new AudioContext();
    const analyser = this.#context.createAnalyser();
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      const decibels = 10 * Math.log10(power + 1e-9);
      this.#show(Math.min(1, Math.max(0, (decibels + 60) / 50)));
    }, interval_ms);
  }

  close() {
    clearInterval(this.#timer);
    this.#context?.close();
    this.#context = null;
  }

  #show(level) {
    this.root.firstChild.style.transform = `scaleX(${level})`;
  }
}
