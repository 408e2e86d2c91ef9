// Keeps a phone's screen on during a meeting. Returns a function that ends it.
export function keep_screen_on() {
  let lock = null;
  // The browser takes the lock away whenever the page is hidden.
  const take = async () => {
    if (document.visibilityState !== 'visible') return;
    lock = await navigator.wakeLock?.request('screen').catch(() => null);
  };
  document.addEventListener('visibilitychange', take);
  take();
  return () => {
    document.removeEventListener('visibilitychange', take);
    lock?.release();
  };
}
