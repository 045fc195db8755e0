// The secrets in the links of mails. They come in the fragment, which browsers send to nobody.

/** @typedef {{ kind: 'verify' | 'reset', token: string }} Link */

/**
 * Has `listener` called with the link by which the page was opened, and with each that is opened in it later. The
 * secret is taken out of the address at once, so that no history keeps it.
 * @param {(link: Link) => void} listener
 */
export function onLink(listener) {
  const take = () => {
    const [, kind, token] = /^#(verify|reset)=(.+)$/.exec(location.hash) ?? [];
    if (!kind || !token) return;
    history.replaceState(null, '', location.pathname + location.search);
    listener(/** @type {Link} */ ({ kind, token }));
  };
  addEventListener('hashchange', take);
  take();
}
