// What one person may send, in the server's words.

// Beside the first one.
export const extra_cameras = ['camera_2', 'camera_3'];
export const video_sources = ['camera', 'screen', ...extra_cameras];
export const sources = ['microphone', 'screen_audio', ...video_sources];

export function is_camera(source) {
  return source === 'camera' || extra_cameras.includes(source);
}

// For a person: 'camera 2'.
export function name_of(source) {
  return source.replace('_', ' ');
}
