// A camera that is painted: somebody in front of a wall, moving a little.

export function painted_camera({index, width = 640, height = 360}) {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, {width, height});
  const paint = canvas.getContext('2d');
  const hue = (index * 67 + 190) % 360;
  let frame = 0;
  const draw = () => {
    const sway = Math.sin(frame++ / 12 + index) * 12;
    const wall = paint.createLinearGradient(0, 0, width, height);
    wall.addColorStop(0, `hsl(${hue} 24% 62%)`);
    wall.addColorStop(1, `hsl(${hue + 40} 30% 30%)`);
    paint.fillStyle = wall;
    paint.fillRect(0, 0, width, height);
    paint.fillStyle = 'rgb(255 255 255 / 14%)';
    paint.fillRect(width * 0.66, height * 0.12, width * 0.22, height * 0.36);
    paint.fillStyle = `hsl(${hue + 160} 32% 34%)`;
    paint.beginPath();
    paint.ellipse(width / 2 + sway, height * 1.08, width * 0.23, height * 0.42, 0, 0, 7);
    paint.fill();
    paint.fillStyle = `hsl(${18 + index * 5} 42% ${48 + (index % 4) * 9}%)`;
    paint.beginPath();
    paint.ellipse(width / 2 + sway, height * 0.45, width * 0.09, height * 0.21, 0, 0, 7);
    paint.fill();
    paint.fillStyle = `hsl(${index * 23} 30% 16%)`;
    paint.beginPath();
    paint.ellipse(width / 2 + sway, height * 0.32, width * 0.1, height * 0.13, 0, 3.05, 6.4);
    paint.fill();
  };
  draw();
  setInterval(draw, 66);
  return canvas.captureStream(15).getVideoTracks()[0];
}

// A shared screen: a page of text.
export function painted_screen() {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, {width: 1280, height: 720});
  const paint = canvas.getContext('2d');
  const draw = () => {
    paint.fillStyle = '#f6f8fa';
    paint.fillRect(0, 0, 1280, 720);
    paint.fillStyle = '#1b2733';
    paint.font = '600 44px sans-serif';
    paint.fillText('The plan for the week', 90, 120);
    paint.fillStyle = '#9aa9b8';
    for (let line = 0; line < 11; ++line)
      paint.fillRect(90, 180 + line * 44, 560 + ((line * 173) % 430), 16);
  };
  draw();
  setInterval(draw, 200);
  return canvas.captureStream(5).getVideoTracks()[0];
}
