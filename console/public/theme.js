// Before the first paint, so that nobody in the dark is dazzled. The console's own code comes later.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('orrery.scheme');
  } catch {
    // Without storage the system's own choice holds.
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
