// A camera that shows who it belongs to: each person has a colour, so that a test can tell whose
// picture is in a tile. It is put into the page before the web client's own code and takes the
// place of the browser's fake camera.

export const colours = [
  [200, 70, 60],
  [60, 150, 80],
  [70, 90, 200],
  [190, 160, 50],
];

// Runs in the page.
export function install_painted_camera({index, colour, width, height, fps}) {
  const [red, green, blue] = colour;
  const paint_person = (paint, frame) => {
    const sway = Math.sin(frame / 9 + index) * width * 0.02;
    const wall = paint.createLinearGradient(0, 0, 0, height);
    wall.addColorStop(0, `rgb(${red} ${green} ${blue})`);
    wall.addColorStop(1, `rgb(${red * 0.72} ${green * 0.72} ${blue * 0.72})`);
    paint.fillStyle = wall;
    paint.fillRect(0, 0, width, height);
    const ellipse = (colour, x, y, w, h, from = 0, to = 7) => {
      paint.fillStyle = colour;
      paint.beginPath();
      paint.ellipse(width * x + sway, height * y, width * w, height * h, 0, from, to);
      paint.fill();
    };
    ellipse(`hsl(${index * 80 + 200} 30% 28%)`, 0.5, 1.08, 0.23, 0.42);
    ellipse(`hsl(${20 + index * 4} 42% ${70 - index * 9}%)`, 0.5, 0.47, 0.085, 0.2);
    ellipse(`hsl(${index * 25} 30% 16%)`, 0.5, 0.36, 0.092, 0.14, 3.05, 6.4);
  };
  const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    if (!constraints.video) return original(constraints);
    const canvas = document.createElement('canvas');
    Object.assign(canvas, {width, height});
    const paint = canvas.getContext('2d');
    let frame = 0;
    paint_person(paint, frame);
    const stream = canvas.captureStream(fps);
    const timer = setInterval(() => paint_person(paint, ++frame), 1000 / fps);
    const [track] = stream.getVideoTracks();
    const stop = track.stop.bind(track);
    track.stop = () => {
      clearInterval(timer);
      stop();
    };
    return stream;
  };
}
